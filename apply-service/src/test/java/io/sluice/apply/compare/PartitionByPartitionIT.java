package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Partitioned tables are read one partition after the other, so that no snapshot is open for as long as it all takes. */
class PartitionByPartitionIT {

    private static final TableName TREE = ComparedSides.table("tree");

    private static final int ROWS = 50;
    private static final long ROWS_PER_SECOND = 25;

    private static final PostgresServer server = SharedServers.postgres();

    private static ComparedSides sides() {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(TREE));
        sides.onBoth(
                "CREATE TABLE tree (part int, id int, v text, PRIMARY KEY (part, id)) PARTITION BY LIST (part)",
                "CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1)",
                "CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2) PARTITION BY LIST (part)",
                "CREATE TABLE tree_2a PARTITION OF tree_2 FOR VALUES IN (2)",
                "CREATE TABLE tree_3 (LIKE tree INCLUDING ALL)",
                "INSERT INTO tree SELECT p, i, 'v' FROM generate_series(1, 2) p, generate_series(1, " + ROWS + ") i",
                "INSERT INTO tree_3 SELECT 3, i, 'v' FROM generate_series(1, " + ROWS + ") i");
        return sides;
    }

    private static TableComparison compare(ComparedSides sides, RunContext context) {
        try (Connections source = sides.source();
                Connections target = sides.target()) {
            List<TableComparison> results = new ComparisonRun(
                            new Errand.Comparison(1, ComparisonKind.CONTENT, List.of(), 1, ROWS_PER_SECOND),
                            source,
                            target,
                            context,
                            shown -> {})
                    .run();
            return results.isEmpty() ? TableComparison.waiting(TREE, List.of(TREE)) : results.getFirst();
        }
    }

    @Test
    void anInterruptedOneGoesOnWithTheNextPartition() {
        ComparedSides sides = sides();
        TestingContext task = sides.context(false);
        compare(sides, new WatchedContext(task, List.of(task::stop)));
        // Of the sides, which are read at the same time, one at least has come so far.
        assertThat(ComparedSides.values(
                        server,
                        sides.targetName(),
                        "SELECT v FROM _sluice.comparison_table, jsonb_path_query(scan::jsonb, '$.*.relation') v"))
                .contains("1");
        sides.onTarget("UPDATE tree SET v = 'other' WHERE part = 2 AND id = 7");
        TableComparison result = compare(sides, sides.context(false));
        assertThat(result.sourceRows()).isEqualTo(2 * ROWS);
        assertThat(result.changed()).as(result.toString()).isEqualTo(1);
    }

    @Test
    void aPartitionThatComesMeanwhileIsComparedToo() throws Exception {
        ComparedSides sides = sides();
        sides.onTarget("UPDATE tree_3 SET v = 'other' WHERE id = 7");
        String attach = "ALTER TABLE tree ATTACH PARTITION tree_3 FOR VALUES IN (3)";
        CompletableFuture<?>[] other = new CompletableFuture<?>[1];
        WatchedContext context = new WatchedContext(sides.context(false), List.of(() -> {
            sides.onTarget(attach);
            // Somebody who waits for the table makes both sides give their snapshots up.
            other[0] = CompletableFuture.runAsync(() -> sides.onSource("DO $$ BEGIN SET LOCAL lock_timeout = '60s';"
                    + " LOCK TABLE tree IN ACCESS EXCLUSIVE MODE; " + attach + "; END $$"));
            await().until(() -> ComparedSides.values(
                            server,
                            sides.sourceName(),
                            "SELECT 1 FROM pg_locks WHERE relation = 'tree'::regclass AND NOT granted")
                    .contains("1"));
        }));
        TableComparison result = compare(sides, context);
        other[0].get(1, TimeUnit.MINUTES);
        assertThat(result.sourceRows()).isEqualTo(3 * ROWS);
        assertThat(result.changed()).as(result.toString()).isEqualTo(1);
    }

    @Test
    void oneWithoutPartitionsIsEqual() {
        ComparedSides sides = sides();
        sides.onBoth("DROP TABLE tree_1", "DROP TABLE tree_2");
        TableComparison result = compare(sides, sides.context(false));
        assertThat(result.state()).as(result.toString()).isEqualTo(State.EQUAL);
        assertThat(result.sourceRows()).isZero();
    }

    /** The root's privileges are enough for a statement on it. */
    @Test
    void partitionsThatTheAccountMayNotReadByThemselvesAreReadTogether() throws SQLException {
        ComparedSides sides = sides();
        String role = "reader_" + sides.sourceName();
        sides.onSource("CREATE ROLE " + role, "GRANT SELECT ON tree, tree_1 TO " + role);
        try (Connection connection = server.connect(sides.sourceName());
                Statement statement = connection.createStatement()) {
            assertThat(Partitions.read(connection, TREE).plain()).isTrue();
            statement.execute("SET ROLE " + role);
            assertThat(Partitions.read(connection, TREE).plain()).isFalse();
        }
    }
}
