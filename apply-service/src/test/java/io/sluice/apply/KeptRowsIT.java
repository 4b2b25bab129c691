package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several tables of the source, each of several pieces, go into one that is on the target with rows of its own, which stay. */
class KeptRowsIT extends OneLoadScenario {

    private static final LoadLimits SLOW = new LoadLimits(null, 3_000_000L, null, List.of());

    private static final List<TableName> TABLES = Stream.of("sale_a", "sale_b", "other")
            .map(name -> new TableName("public", name))
            .toList();

    private static final String OF_THE_SOURCE =
            "SELECT count(*) || ' ' || md5(string_agg(concat_ws('|', id, line), ',' ORDER BY id)) FROM ";

    KeptRowsIT() {
        super(SharedServers.postgres());
    }

    @BeforeEach
    void fill() {
        onSource(
                "CREATE TABLE sale_a (id int PRIMARY KEY, line text)",
                "INSERT INTO sale_a SELECT i, repeat('a', 200) FROM generate_series(1, 40000) i",
                "CREATE TABLE sale_b (line text, id int PRIMARY KEY)",
                "INSERT INTO sale_b SELECT repeat('b', 200), i FROM generate_series(100001, 130000) i",
                "CREATE TABLE other (id int PRIMARY KEY, line text)",
                "INSERT INTO other VALUES (1, 'other')",
                "ANALYZE");
        onTarget(
                "CREATE TABLE sale (id int PRIMARY KEY, line text, own text DEFAULT 'theirs')",
                "INSERT INTO sale SELECT -i, 'kept', 'mine' FROM generate_series(1, 500) i");
    }

    @Test
    void rowsOfAllComeBesideThem() {
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertComplete();
    }

    @Test
    void anInterruptedLoadLeavesThemAloneAndBringsEachRowOnce() {
        for (boolean killed : new boolean[] {true, false}) {
            start(SLOW);
            await("rows are under way").atMost(Duration.ofSeconds(60)).until(() -> underWay() || run.isDone());
            assertThat(run).isNotDone();
            if (killed) {
                onTarget("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('%s', '%s')"
                                .formatted(databases.source(), databases.target())
                        + " AND application_name LIKE 'sluice-apply%'");
            } else {
                context.stop();
            }
            await().atMost(Duration.ofSeconds(30)).until(run::isDone);
            assertThat(askTarget("SELECT count(*) || min(line) || max(line) FROM sale"))
                    .isEqualTo("500keptkept");
            onSource(
                    "DELETE FROM sale_a WHERE id % 1000 = " + (killed ? 1 : 2),
                    "UPDATE sale_b SET line = line || '!' WHERE id % 1000 = 3");
        }
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertComplete();
        // What is complete is left alone.
        onTarget("DELETE FROM sale WHERE id = -1");
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT count(*) FROM sale WHERE id < 0")).isEqualTo("499");
    }

    @Test
    void aRowThatHasTheKeyOfOneOfThemIsRefusedAndNothingOfItsTableComes() {
        onTarget("INSERT INTO sale VALUES (130000, 'kept', 'mine')");
        start(LoadLimits.NONE);
        Fact.Failed failure = failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(failure.detail())
                .contains(
                        "2 tables", "public.sale_a: ", "public.sale_b: ", "table public.sale_b", "sale_pkey", "23505");
        assertThat(askTarget("SELECT count(*) || min(line) || max(line) FROM sale"))
                .isEqualTo("501keptkept");
        assertThat(askTarget("SELECT count(*) FROM other")).isEqualTo("1");

        onTarget("DELETE FROM sale WHERE id = 130000");
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertComplete();
    }

    /** The target itself does not look at a DEFERRABLE key where triggers do not fire. */
    @ParameterizedTest
    @ValueSource(strings = {"", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"})
    void aRowThatIsInTheWayInAnotherKeyIsRefused(String looked) {
        onTarget(
                "CREATE TABLE other (id int PRIMARY KEY, line text UNIQUE" + looked + ")",
                "INSERT INTO other VALUES (-1, 'other')");
        for (int i = 0; i < 2; i++) {
            start(LoadLimits.NONE);
            Fact.Failed failure = failure();
            assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
            assertThat(failure.detail()).contains("1 tables", "public.other: ", "other_line_key");
            assertThat(askTarget("SELECT string_agg(id::text, ',') FROM other")).isEqualTo("-1");
        }
        onTarget("DELETE FROM other");
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertComplete();
    }

    @Test
    void rowsOfTheSourceThatAreInEachOthersWayThereAreRefused() {
        onTarget("TRUNCATE sale", "ALTER TABLE sale ADD UNIQUE (line) DEFERRABLE");
        for (int i = 0; i < 2; i++) {
            start(order(LoadLimits.NONE, ExistingTable.TRUNCATE));
            Fact.Failed failure = failure();
            assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
            assertThat(failure.detail()).contains("public.sale_a: ", "public.sale_b: ", "sale_line_key", "DEFERRABLE");
            assertThat(askTarget("SELECT count(*) FROM other")).isEqualTo("1");
        }
        onTarget("ALTER TABLE sale DROP CONSTRAINT sale_line_key");
        start(order(LoadLimits.NONE, ExistingTable.TRUNCATE));
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT count(*) || ' ' || count(DISTINCT id) FROM sale"))
                .isEqualTo("70000 70000");
    }

    private void assertComplete() {
        assertThat(askTarget(
                        "SELECT count(*) || min(line) || max(line) || min(own) || max(own) FROM sale WHERE id < 0"))
                .isEqualTo("500keptkeptminemine");
        assertThat(askTarget(OF_THE_SOURCE + "sale WHERE id > 0"))
                .isEqualTo(askSource(
                        OF_THE_SOURCE + "(SELECT id, line FROM sale_a UNION ALL SELECT id, line FROM sale_b) AS sale"));
        assertThat(askTarget("SELECT min(own) || max(own) FROM sale WHERE id > 0"))
                .isEqualTo("theirstheirs");
        assertThat(askTarget(OF_THE_SOURCE + "other")).isEqualTo(askSource(OF_THE_SOURCE + "other"));
    }

    private boolean underWay() {
        return Long.parseLong(askTarget("SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy"
                        + " WHERE datname = current_database() AND relid = 'sale'::regclass"))
                > 3_000;
    }

    private void start(LoadLimits limits) {
        start(order(limits));
    }

    private TaskOrder order(LoadLimits limits) {
        return order(limits, ExistingTable.KEEP);
    }

    private TaskOrder order(LoadLimits limits, ExistingTable existing) {
        List<TableChoice> choices = Stream.of("sale_a", "sale_b")
                .map(name -> new TableChoice("public", name, null, "sale", null, null, null))
                .toList();
        return databases.order(
                TABLES,
                SyncMode.FULL,
                ChangeChoice.DEFAULT,
                limits,
                choices,
                new StructureChoice(true, null, existing, NameCase.SOURCE));
    }
}
