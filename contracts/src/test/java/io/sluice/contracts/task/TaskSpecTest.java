package io.sluice.contracts.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.Json;
import io.sluice.contracts.task.StructureChoice.NameCase;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaskSpecTest {

    /** As an older task-api wrote it. */
    private static final String OLD = """
            {"name": "orders", "mode": "FULL_AND_INCREMENTAL",
             "source": {"host": "a", "port": 5432, "database": "d", "username": "u", "password": "v1:x",
                        "tls": {"mode": "DISABLE"}},
             "dialect": "postgresql",
             "target": {"host": "b", "port": 5432, "database": "d", "username": "u", "password": "v1:y",
                        "tls": {"mode": "DISABLE"}},
             "include": [{"schema": "public", "table": "*"}], "exclude": [{"schema": "public", "table": "tmp_*"}],
             "loadWorkers": 3, "retry": {"connectionMinutes": 720, "otherMinutes": 10}, "alertTopic": "ops"}
            """;

    @Test
    void whatAnOlderVersionDidNotWriteHasItsDefault() {
        TaskSpec spec = Json.read(OLD, TaskSpec.class);

        assertThat(spec.include()).containsExactly(new TaskSpec.TablePattern("public", "*"));
        assertThat(spec.loadWorkers()).isEqualTo(3);
        assertThat(spec.structure()).isEqualTo(StructureChoice.DEFAULT);
        assertThat(spec.changes()).isEqualTo(ChangeChoice.DEFAULT);
        assertThat(spec.loadLimits()).isEqualTo(LoadLimits.NONE);
        assertThat(spec.transforms()).isEmpty();
    }

    @Test
    void everyFieldGoesOverTheBus() {
        TaskSpec spec = full();

        assertThat(Json.read(Json.write(spec), TaskSpec.class)).isEqualTo(spec);
        assertThat(Json.write(spec)).containsOnlyOnce("\"include\"").doesNotContain("\"choices\"", "\"pattern\"");
    }

    @Test
    void whatIsChosenForATableFollowsItsName() {
        TaskSpec spec = chosen(
                new TableChoice("app", "*", "there", null, null, null, null),
                new TableChoice("app", "a", null, "fixed", null, "id > 0", null));
        TaskSpec renamed = spec.renamed(name("app.a"), name("old.b"));

        assertThat(TableMapping.of(renamed, name("old.b")))
                .isEqualTo(new TableMapping(
                        name("old.b"),
                        name("old.fixed"),
                        Set.of(),
                        Map.of(),
                        NameCase.SOURCE,
                        "id > 0",
                        null,
                        "row.x"));
        assertThat(renamed.transforms()).containsExactly(new Transform("old.b", "row.x"));
        assertThat(TableMapping.of(renamed, name("app.a")).target()).isEqualTo(name("there.a"));
    }

    @Test
    void aPatternThatMeansTheNewNameTooIsEnough() {
        TaskSpec spec = chosen(new TableChoice("app", "*", null, null, null, "id > 0", null));

        assertThat(spec.renamed(name("app.c"), name("app.d"))).isEqualTo(spec);
        TaskSpec away = spec.renamed(name("app.c"), name("old.c"));
        assertThat(away.chooses(name("old.c"))).isTrue();
        assertThat(TableMapping.of(away, name("old.c")).filter()).isEqualTo("id > 0");
    }

    @Test
    void aTableThatSharesItsTargetGoesOnDoingSo() {
        TaskSpec spec = chosen(
                new TableChoice("app", "*", null, null, null, null, null),
                new TableChoice("app", "sale_?", null, "sale", null, null, null));
        TaskSpec renamed = spec.renamed(name("app.sale_b"), name("app.other"));

        assertThat(TableMapping.of(renamed, name("app.other")).target()).isEqualTo(name("app.sale"));
    }

    @Test
    void tablesThatSwapTheirNamesSwapWhatIsChosenForThem() {
        TaskSpec spec = chosen(
                new TableChoice("app", "a", null, null, null, "a", null),
                new TableChoice("app", "b", null, null, null, "b", null));
        TaskSpec swapped = spec.renamed(name("app.a"), name("app.t"))
                .renamed(name("app.b"), name("app.a"))
                .renamed(name("app.t"), name("app.b"));

        assertThat(TableMapping.of(swapped, name("app.a")).filter()).isEqualTo("b");
        assertThat(TableMapping.of(swapped, name("app.b")).filter()).isEqualTo("a");
        assertThat(swapped.choices()).hasSize(2);
    }

    private static TableName name(String name) {
        String[] parts = name.split("\\.");
        return new TableName(parts[0], parts[1]);
    }

    private static TaskSpec chosen(TableChoice... choices) {
        TaskSpec old = Json.read(
                OLD.replaceFirst("\\{", "{\"transforms\": [{\"table\": \"app.a\", \"expression\": \"row.x\"}], "),
                TaskSpec.class);
        return old.withTables(List.of(choices), List.of());
    }

    @Test
    void whoIsToldOfWhatIsNoWork() {
        TaskSpec old = Json.read(OLD, TaskSpec.class);
        TaskSpec silent = Json.read(OLD.replace("\"ops\"", "null"), TaskSpec.class);
        TaskSpec slower = Json.read(OLD.replace("\"loadWorkers\": 3", "\"loadWorkers\": 2"), TaskSpec.class);

        assertThat(old.asksForTheSameWork(silent)).isTrue();
        assertThat(old.asksForTheSameWork(slower)).isFalse();
    }

    @Test
    void whatAnErrorStopsIsTakenOverByARun() {
        TaskSpec old = Json.read(OLD, TaskSpec.class);
        String changes = "{\"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\"],"
                + " \"conflict\": \"%s\", \"lanes\": 1, \"tableError\": \"SUSPEND_TABLE\"}, ";
        TaskSpec suspending = Json.read(OLD.replaceFirst("\\{", changes.formatted("OVERWRITE")), TaskSpec.class);
        TaskSpec other = Json.read(OLD.replaceFirst("\\{", changes.formatted("STOP")), TaskSpec.class);

        assertThat(suspending.changes().tableError()).isEqualTo(ChangeChoice.TableError.SUSPEND_TABLE);
        assertThat(old.sameRun(suspending)).isTrue();
        assertThat(old.asksForTheSameWork(suspending)).isFalse();
        assertThat(old.sameRun(other)).isFalse();
    }

    private static TaskSpec full() {
        TaskSpec old = Json.read(OLD, TaskSpec.class);
        TableChoice choice = new TableChoice(
                "public",
                "orders",
                "app",
                "order",
                new TableChoice.Columns(List.of("secret"), Map.of("a", "b")),
                "amount > 10",
                new TableChoice.Distribution(TableChoice.Distribution.Kind.HASH, List.of("id")));
        return new TaskSpec(
                "orders",
                SyncMode.INCREMENTAL,
                old.source(),
                Dialect.CITUS,
                old.target(),
                List.of(choice),
                old.exclude(),
                8,
                old.retry(),
                "ops",
                new StructureChoice(
                        true,
                        List.of(StructureChoice.Kind.TABLE, StructureChoice.Kind.VIEW),
                        StructureChoice.ExistingTable.KEEP,
                        StructureChoice.NameCase.LOWER),
                new ChangeChoice(
                        List.of(ChangeChoice.Operation.INSERT),
                        ChangeChoice.Conflict.STOP,
                        4,
                        ChangeChoice.TableError.SUSPEND_TABLE),
                List.of(new Transform("public.orders", "true")),
                new LoadLimits(1L, 2L, 3L, List.of(new LoadLimits.Window(LocalTime.of(22, 0), LocalTime.of(6, 0), 0L))),
                new ChangeLimits(4L, 5L, new StartPoint("old", "all", "0/16B3748")),
                60);
    }
}
