package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Transactions that meet the snapshot of the load in every way there is. */
@EndToEnd
class SnapshotOverlapIT {

    @Test
    void changesAroundTheSnapshotAreNeitherLostNorDoubled(Sluice sluice) throws SQLException {
        Pair pair = WorkloadDatabase.create(sluice, "snapshot_overlap");
        pair.onSource(
                "CREATE TABLE app.once (id bigint PRIMARY KEY, note text)",
                "INSERT INTO app.once SELECT i, 'before' FROM generate_series(1, 1000) i",
                "CREATE TABLE app.sums (id bigint PRIMARY KEY, n int NOT NULL)",
                "INSERT INTO app.sums SELECT i, 0 FROM generate_series(1, 1000) i");
        // Tables cannot be made in a schema that is being dropped, so the snapshot is not taken before this is undone.
        pair.onTarget("CREATE SCHEMA app");
        Task task;
        try (Connection spanning = open(pair);
                Gate gate = Gate.shut(pair)) {
            try (Connection dropping = pair.target().connect(pair.name())) {
                dropping.setAutoCommit(false);
                execute(dropping, "DROP SCHEMA app");
                task = Task.started(pair, Shapes.SCHEMA);
                await("changes are captured")
                        .atMost(Duration.ofMinutes(2))
                        .until(() -> pair.askSource("""
                                SELECT count(*) FROM pg_replication_slots
                                WHERE database = current_database() AND active""").equals("1"));
                change(spanning, 1, "began before the snapshot, committed while the tables are copied");
                pair.onSource(changes(101, "committed between the slot and the snapshot"));
                dropping.rollback();
            }
            awaitCopied(pair, "app.once");
            assertThat(task.state()).isEqualTo("FULL_SYNC");
            pair.onSource(changes(201, "committed while the tables are copied"));
            spanning.commit();
            pair.onSource("DELETE FROM app.once WHERE id BETWEEN 301 AND 310", "UPDATE app.sums SET n = n + 1");
            change(spanning, 401, "began while the tables are copied, committed afterwards");
            assertThat(task.state()).isEqualTo("FULL_SYNC");
            gate.open();
            task.awaitStreaming();
            pair.onSource(changes(501, "committed while changes are applied"));
            spanning.commit();
        }
        task.awaitZeroLag();

        pair.assertEqual(Shapes.SCHEMA);
        assertThat(pair.askTarget("SELECT count(*) FROM app.once WHERE note LIKE '%committed%'"))
                .isEqualTo("100");
        assertThat(pair.askTarget("SELECT sum(n) FROM app.sums")).isEqualTo("1050");
        task.end();
    }

    @Test
    void aTransactionThatWroteBeforeTheStartIsWaitedForAndNotLost(Sluice sluice) throws SQLException {
        Pair pair = Pair.create(sluice, "snapshot_waits");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.once (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE app.sums (id bigint PRIMARY KEY, n int NOT NULL)",
                "INSERT INTO app.sums SELECT i, 0 FROM generate_series(1, 1000) i");
        Task task;
        try (Connection early = open(pair)) {
            change(early, 1, "wrote before the start");
            task = Task.started(pair, "app");
            await("the slot is being made")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> pair.askSource("""
                            SELECT count(*) FROM pg_replication_slots WHERE database = current_database()""").equals("1"));
            assertThat(task.state()).isEqualTo("STARTING");
            change(early, 101, "wrote while the task starts");
            early.commit();
        }
        task.awaitStreaming();
        task.awaitZeroLag();

        pair.assertEqual("app");
        assertThat(pair.askTarget("SELECT count(*) FROM app.once")).isEqualTo("40");
        task.end();
    }

    private static Connection open(Pair pair) throws SQLException {
        Connection connection = pair.source().connect(pair.name());
        connection.setAutoCommit(false);
        return connection;
    }

    /** Ten new rows and ten sums, twice, so that a change that comes twice or not at all shows. */
    private static String[] changes(int from, String note) {
        return new String[] {
            "INSERT INTO app.once SELECT -i, '%s' FROM generate_series(%d, %d) i".formatted(note, from, from + 9),
            "INSERT INTO app.once SELECT -i, '%s' FROM generate_series(%d, %d) i".formatted(note, from + 10, from + 19),
            "UPDATE app.sums SET n = n + 1 WHERE id BETWEEN %d AND %d".formatted(from, from + 9)
        };
    }

    private static void change(Connection connection, int from, String note) throws SQLException {
        for (String sql : changes(from, note)) {
            execute(connection, sql);
        }
    }

    private static void awaitCopied(Pair pair, String table) {
        await(table + " is copied")
                .atMost(Duration.ofMinutes(2))
                .until(() -> !pair.askTarget("SELECT to_regclass('" + table + "')")
                                .equals("null")
                        && !pair.askTarget("SELECT count(*) FROM " + table).equals("0"));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
