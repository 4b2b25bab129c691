package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.load.LoadSlots;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two tasks of two workers each, and two slots for both. */
class ThrottledLoadIT {

    /** Pieces are cut by bytes, so that each takes its time. */
    private static final LoadLimits SLOW = new LoadLimits(1_000L, null, null, List.of());

    /** A window that never ends. */
    private static final LoadLimits REST =
            new LoadLimits(null, null, null, List.of(new LoadLimits.Window(LocalTime.MIN, LocalTime.MIN, 0L)));

    private static final List<TableName> BIG = List.of(new TableName("public", "big"));
    private static final String ALL = "SELECT count(*) || ' ' || md5(string_agg(big::text, '' ORDER BY id)) FROM big";

    private static final PostgresServer server = SharedServers.postgres();

    private final LoadSlots slots = new LoadSlots(2);
    private final Task first = new Task();
    private final Task second = new Task();

    /** A task with a table of 20 MB. */
    private final class Task {
        private final TestingDatabases databases = new TestingDatabases(server);
        private TestingContext context = new TestingContext();
        private CompletableFuture<Void> run = new CompletableFuture<>();

        Task() {
            server.execute(
                    databases.source(),
                    "CREATE TABLE big (id int PRIMARY KEY, line text)",
                    "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 80000) i",
                    "ANALYZE");
        }

        void start(LoadLimits limits) {
            context = new TestingContext();
            run = databases.run(order(limits), KafkaAccess.of(Map.of()), context, new Claimant(), slots);
        }

        void limit(LoadLimits limits) {
            context.order(order(limits));
        }

        private TaskOrder order(LoadLimits limits) {
            return databases.order(BIG, SyncMode.FULL, ChangeChoice.DEFAULT, limits);
        }

        /** Both workers are in the middle of a COPY. */
        void awaitOpenCopies() {
            // What the source sends may be in the buffers of the connection as a whole.
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> databases
                            .ask(
                                    databases.target(),
                                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                                            + " AND query LIKE 'COPY%' AND datname = current_database()")
                            .equals("2"));
        }

        void assertLoaded() {
            assertThat(run).succeedsWithin(Duration.ofSeconds(60));
            assertThat(databases.ask(databases.target(), ALL)).isEqualTo(databases.ask(databases.source(), ALL));
        }
    }

    @AfterEach
    void end() {
        first.context.stop();
        second.context.stop();
    }

    @Test
    void aTaskThatRestsKeepsNoOtherFromLoadingAndGoesOnInTheMiddleOfItsCopies() {
        first.start(SLOW);
        first.awaitOpenCopies();
        first.limit(REST);
        second.start(LoadLimits.NONE);
        second.assertLoaded();
        first.awaitOpenCopies();
        assertThat(first.run).isNotDone();

        first.limit(LoadLimits.NONE);
        first.assertLoaded();
        assertThat(first.context.facts()).noneMatch(Fact.Failed.class::isInstance);
    }

    @Test
    void aTaskThatRestsIsStoppedAtOnceAndLeavesNoSlotTaken() {
        first.start(SLOW);
        first.awaitOpenCopies();
        first.limit(REST);
        second.start(SLOW);
        second.awaitOpenCopies();
        first.context.stop();
        await().atMost(Duration.ofSeconds(10)).until(first.run::isDone);
        second.limit(LoadLimits.NONE);
        second.assertLoaded();
        first.start(LoadLimits.NONE);
        first.assertLoaded();
    }
}
