package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TaskOrder;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What the first snapshot has seen, and what of the stream comes after it. */
class FirstSnapshotIT extends ApplyRunScenario {

    @Test
    void whatTheSnapshotSawIsNotAppliedAgainAndWhatItDidNotSeeIsApplied() throws Exception {
        try (Connection open = server.connect(sourceName);
                Statement early = open.createStatement()) {
            open.setAutoCommit(false);
            early.execute("INSERT INTO item VALUES (100, 'early', 'begun before, committed after the snapshot')");
            long earlyXid = number(early, "SELECT pg_current_xact_id()::text::bigint");
            long seenXid;
            Lsn seenAt;
            try (Connection other = server.connect(sourceName);
                    Statement seen = other.createStatement()) {
                other.setAutoCommit(false);
                seen.execute("INSERT INTO item VALUES (1, 'seen', 'as the snapshot has it')");
                seenXid = number(seen, "SELECT pg_current_xact_id()::text::bigint");
                other.commit();
                seenAt = Lsn.parse(TestingDatabases.text(seen, "SELECT pg_current_wal_insert_lsn()::text"));
            }
            topic.heartbeat(new Lsn(1));
            topic.flush();
            Run run = run();
            await().until(() -> run.context().reached(Fact.Step.APPLYING));
            open.commit();
            Lsn earlyAt = Lsn.parse(TestingDatabases.text(early, "SELECT pg_current_wal_insert_lsn()::text"));

            // The record's values differ from the row's only to show whether it was applied.
            change(Operation.INSERT, at(seenAt, seenXid, 1), "1", "seen", "applied a second time");
            topic.end(at(seenAt, seenXid, 2));
            change(Operation.INSERT, at(earlyAt, earlyXid, 1), "100", "early", "applied");
            topic.end(at(earlyAt, earlyXid, 2));
            topic.flush();
            awaitRows("1|seen|as the snapshot has it", "100|early|applied");
        }
    }

    /** It is in the log, and may be so before the slot's first change, but no snapshot sees it yet. */
    @Test
    void aCommitThatWaitsForAStandbyIsWaitedForBeforeTheFirstSnapshot() throws Exception {
        server.execute("postgres", "ALTER DATABASE " + targetName + " SET synchronous_commit = local");
        try (Connection waiting = server.connect(sourceName);
                Connection open = server.connect(sourceName);
                Statement statement = waiting.createStatement();
                Statement idle = open.createStatement()) {
            open.setAutoCommit(false);
            idle.execute("INSERT INTO item VALUES (2, 'idle', 'committed later')");
            server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
            server.execute("postgres", "SELECT pg_reload_conf()");
            await().until(() -> "nobody".equals(TestingDatabases.text(statement, "SHOW synchronous_standby_names")));
            CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("INSERT INTO item VALUES (1, 'a', 'waits')");
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            Run run;
            try {
                await().until(() -> count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1);
                topic.heartbeat(new Lsn(1));
                topic.flush();
                run = run();
                await().until(() -> run.context().facts().stream().anyMatch(Fact.Retrying.class::isInstance));
                assertThat(commit).isNotDone();
                assertThat(count("SELECT count(*) FROM item")).isZero();
            } finally {
                server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
                server.execute("postgres", "SELECT pg_reload_conf()");
            }
            commit.join();
            await().until(() -> run.context().reached(Fact.Step.APPLYING));
            assertThat(run.context().facts()).contains(new Fact.Recovered());
            awaitRows("1|a|waits");
        }
    }

    @Test
    void aTableThatIsMadeAnewWhileItIsLoadedIsNotTakenForTheOneThatIsStreamed() throws Exception {
        server.execute(
                sourceName,
                "INSERT INTO item SELECT i, 'n' || i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "ANALYZE item");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(slowly(1_000_000), context(), new Claimant());
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(count("SELECT count(*) FROM _sluice.load_piece"))
                        .isPositive());
        try (Connection connection = server.connect(sourceName);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("DROP TABLE item");
            statement.execute("CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, note text)");
            connection.commit();
        }
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context().facts().toString()).contains("was dropped and made anew");
    }

    private TaskOrder slowly(long bytesPerSecond) {
        return order(
                ChangeChoice.DEFAULT, new LoadLimits(null, bytesPerSecond, null, List.of()), StructureChoice.DEFAULT);
    }

    private static long number(Statement statement, String sql) throws SQLException {
        return Long.parseLong(TestingDatabases.text(statement, sql));
    }
}
