package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The stream brings a commit that waits for a synchronous standby; at the source only its session knows of it. */
class CommittingWritersIT {

    private static final TableName KEYED = ComparedSides.table("keyed");
    private static final TableName BAG = ComparedSides.table("bag");

    private static final PostgresServer server = SharedServers.postgres();

    @Test
    void whatTheTargetHasBeforeItIsSeenAtTheSourceIsNoDifference() throws Exception {
        assertWaitedFor(ComparisonKind.CONTENT, KEYED, "UPDATE keyed SET v = 'new' WHERE id = 1");
        assertWaitedFor(ComparisonKind.CONTENT, KEYED, "INSERT INTO keyed VALUES (3, 'new')");
        assertWaitedFor(ComparisonKind.CONTENT, KEYED, "DELETE FROM keyed WHERE id = 2");
        assertWaitedFor(ComparisonKind.CONTENT, BAG, "UPDATE bag SET v = 'new' WHERE v = 'one'");
        assertWaitedFor(ComparisonKind.ROW_COUNT, KEYED, "INSERT INTO keyed VALUES (3, 'new')");
        assertWaitedFor(ComparisonKind.ROW_COUNT, BAG, "INSERT INTO bag VALUES ('three')");
    }

    /** The commit ends at the third pause of the comparison, which must not have come to its end before. */
    private static void assertWaitedFor(ComparisonKind kind, TableName table, String change) throws Exception {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(KEYED, BAG));
        sides.onBoth(
                "CREATE TABLE keyed (id int PRIMARY KEY, v text)",
                "INSERT INTO keyed VALUES (1, 'one'), (2, 'two')",
                "CREATE TABLE bag (v text)",
                "INSERT INTO bag VALUES ('one'), ('two')");
        for (String database : List.of(sides.sourceName, sides.targetName)) {
            server.execute("postgres", "ALTER DATABASE \"" + database + "\" SET synchronous_commit = local");
        }
        server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
        CompletableFuture<Void> commit;
        try {
            await().until(
                            () -> ComparedSides.values(server, "postgres", "SHOW synchronous_standby_names"),
                            List.of("nobody")::equals);
            commit = CompletableFuture.runAsync(() -> sides.onSource("SET synchronous_commit = on", change));
            await().until(CommittingWritersIT::waiting, List.of(sides.sourceName)::equals);
            sides.onTarget(change, "UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
            WatchedContext context = new WatchedContext(sides.context(true), List.of(() -> {}, () -> {}, () -> {
                server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
                await().until(CommittingWritersIT::waiting, List.of()::equals);
            }));
            TableComparison result;
            try (Connections source = sides.source();
                    Connections target = sides.target()) {
                result = new ComparisonRun(
                                new Errand.Comparison(1, kind, List.of(table), 1, null),
                                source,
                                target,
                                context,
                                tables -> {})
                        .run()
                        .getFirst();
            }
            assertThat(result.state())
                    .as(kind + " after " + change + ": " + result)
                    .isEqualTo(State.EQUAL);
            assertThat(context.over()).isTrue();
        } finally {
            server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
        }
        commit.get(60, TimeUnit.SECONDS);
    }

    private static List<String> waiting() {
        return ComparedSides.values(
                server, "postgres", "SELECT datname FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    }
}
