package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A foreign key between tables that were copied at different moments. */
class PostponedKeysIT extends ApplyRunScenario {

    private static final LoadLimits SLOW = new LoadLimits(null, 3_000_000L, null, List.of());
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final String KEY = "SELECT coalesce(string_agg(conname || ' ' || convalidated, ','), '') FROM"
            + " pg_constraint WHERE conrelid = 'part'::regclass AND contype = 'f'";
    private static final String NOTED =
            "SELECT state || ' ' || coalesce(sql_state, '-') FROM _sluice.structure_object WHERE kind = 'FOREIGN_KEY'";

    private TestingContext context;

    /** As if the items had been copied before the one that the part refers to was made. */
    @BeforeEach
    void loadAPartWhoseItemTheCopyHasNot() {
        onSource(
                "INSERT INTO item SELECT i, 'item ' || i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item)",
                "INSERT INTO part VALUES (1, 1)",
                "VACUUM ANALYZE");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        context = context();
        Run run = run(order(SLOW), context, new Claimant());
        await("a piece of the items is copied")
                .atMost(LONG)
                .until(() -> context.reached(Fact.Step.LOADING)
                        && !askTarget("SELECT count(*) FROM _sluice.load_piece").equals("0"));
        server.execute(targetName, "DELETE FROM item WHERE id = 1");
        context.order(order(LoadLimits.NONE));
        await().atMost(LONG)
                .until(() -> context.reached(Fact.Step.APPLYING) || run.done().isDone());
        assertThat(run.done()).isNotDone();
        assertThat(askTarget("SELECT count(*) || ' ' || min(id) FROM item")).isEqualTo("59999 2");
    }

    @Test
    void theKeyIsMadeOnceTheStreamHasComeToTheLastOfTheCopies() {
        assertThat(askTarget(NOTED)).isEqualTo("PLANNED 23503");
        assertThat(askTarget(KEY)).isEmpty();

        change(Operation.INSERT, at(1, 1), "1", "new", null);
        topic.end(at(1, 2));
        topic.flush();

        await().atMost(LONG).until(() -> askTarget(NOTED).equals("DONE -"));
        assertThat(askTarget(KEY)).isEqualTo("part_item_fkey true");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(lastProgress().kinds())
                        .filteredOn(kind -> kind.kind().equals("FOREIGN_KEY"))
                        .allMatch(kind -> kind.done() == 1 && kind.failed() == 0));
    }

    @Test
    void theKeyIsNamedWhenRowsAreInItsWayEvenThen() {
        await().atMost(LONG).until(() -> {
            topic.heartbeat(Lsn.parse(databases.ask(sourceName, "SELECT pg_current_wal_lsn()")));
            topic.flush();
            return askTarget(NOTED).equals("FAILED 23503");
        });
        assertThat(askTarget(KEY)).isEmpty();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(lastProgress().problems())
                        .anyMatch(problem -> problem.kind().equals("FOREIGN_KEY")
                                && problem.name().startsWith("part_item_fkey")));
    }

    private Fact.StructureProgress lastProgress() {
        return context.facts().stream()
                .filter(Fact.StructureProgress.class::isInstance)
                .map(Fact.StructureProgress.class::cast)
                .reduce((one, other) -> other)
                .orElseThrow();
    }

    private TaskOrder order(LoadLimits limits) {
        TaskOrder order = order(Phase.RUN, List.of(TABLE, new TableName("public", "part")));
        return TestingOrders.with(
                order,
                ChangeChoice.DEFAULT,
                limits,
                StructureChoice.DEFAULT,
                order.spec().changeLimits());
    }

    private void onSource(String... statements) {
        server.execute(sourceName, statements);
    }

    private String askTarget(String sql) {
        return databases.ask(targetName, sql);
    }
}
