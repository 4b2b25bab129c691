package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.Lsn;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.SnapshotFence;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The 32 bits of transaction ids that a stream has are used up while it runs, and begin anew with 3. */
class TransactionIdsIT {

    private static final long EDGE = 2L << 32;

    /** So many rows are more than the server keeps in memory. */
    private static final int MANY = 300;

    @Test
    void aLargeTransactionOverTheEdgeComesWholeAndOnce() throws Exception {
        try (PostgresServer server = shortOfTheEdge();
                TestingTask task = new TestingTask(
                        server,
                        List.of("item"),
                        "CREATE TABLE item (id int PRIMARY KEY, v text)",
                        "ALTER TABLE item REPLICA IDENTITY FULL");
                Connection one = task.connect();
                Connection other = task.connect();
                Statement over = one.createStatement();
                Statement undone = other.createStatement()) {
            TestingRun run = task.start();
            use(task, EDGE - 20);
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            insert(over, 1);
            insert(undone, 2);
            over.execute("SAVEPOINT before");
            insert(over, 3);
            over.execute("ROLLBACK TO SAVEPOINT before");
            insertAndCommit(task, 4);
            // All four, which have 300 rows of 500 bytes each: capture's session has read them before the edge.
            task.awaitSpilled(4 * 64_000);
            long began = number(over, "SELECT txid_current()");
            assertThat(next(task)).isLessThan(EDGE);

            use(task, EDGE + 5);
            over.execute("SAVEPOINT behind");
            insert(over, 5);
            over.execute("ROLLBACK TO SAVEPOINT behind");
            over.execute("SAVEPOINT kept");
            insert(over, 6);
            over.execute("RELEASE SAVEPOINT kept");
            insertAndCommit(task, 7);
            SnapshotFence fence = SnapshotFence.parse(
                    task.query("SELECT txid_current_snapshot()::text"),
                    Lsn.parse(task.query("SELECT pg_current_wal_lsn()")));
            // What the server has decoded of it so far is decoded again.
            run.stop();
            run = task.start();
            insert(over, 8);
            undone.execute("ROLLBACK");
            one.commit();
            insertAndCommit(task, 9);
            run.stop();
            task.start();
            insertAndCommit(task, 10);

            try (TopicReader topic = new TopicReader(task.id)) {
                List<ChangeRecord> before = transaction(topic, 4);
                List<ChangeRecord> behind = transaction(topic, 7);
                List<ChangeRecord> overIt = transaction(topic, 1, 6, 8);
                transaction(topic, 9);
                transaction(topic, 10);
                assertThat(overIt.getLast().position().xid()).isEqualTo(began - (1L << 32));
                assertThat(behind.getLast().position().xid()).isBetween(3L, 100L);
                assertThat(fence.hides(before.getLast().position())).isTrue();
                assertThat(fence.hides(behind.getLast().position())).isTrue();
                assertThat(fence.hides(overIt.getLast().position())).isFalse();
            }
        }
    }

    /** The next transaction of the source, with these rows and no others. */
    private static List<ChangeRecord> transaction(TopicReader topic, int... groups) {
        List<ChangeRecord> records = topic.readTransaction();
        List<Integer> expected = new ArrayList<>();
        for (int group : groups) {
            IntStream.range(0, MANY).forEach(i -> expected.add(group * 1_000 + i));
        }
        assertThat(records.subList(0, records.size() - 1))
                .extracting(
                        record -> Integer.valueOf(((RowChange) record).after().value("id")))
                .isEqualTo(expected);
        // Which the stream does not tell, and the catalog has told before the edge.
        assertThat(records.subList(0, records.size() - 1))
                .extracting(record -> ((RowChange) record).key())
                .containsOnly(List.of("id"));
        assertThat(((TransactionEnd) records.getLast()).position().order()).isEqualTo(records.size());
        return records;
    }

    private static PostgresServer shortOfTheEdge() {
        PostgresServer server = PostgresServer.builder()
                .fsync(false)
                .setting("logical_decoding_work_mem", "64kB")
                .setting("autovacuum", "off")
                .build()
                .start();
        server.execute(PostgresServer.SUPERUSER, "VACUUM FREEZE");
        server.stop();
        server.nextTransaction(EDGE - 500);
        return server.start();
    }

    private static void insert(Statement statement, int group) throws SQLException {
        statement.execute("INSERT INTO item SELECT " + group + " * 1000 + i, repeat('x', 500) FROM generate_series(0, "
                + (MANY - 1) + ") i");
    }

    private static void insertAndCommit(TestingTask task, int group) throws SQLException {
        try (Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            insert(statement, group);
        }
    }

    /** Gives ids out until this is the next one. */
    private static void use(TestingTask task, long next) {
        task.sql("DO $$ BEGIN WHILE txid_current() < " + (next - 1) + " LOOP COMMIT; END LOOP; END $$");
        assertThat(next(task)).isGreaterThanOrEqualTo(next);
    }

    private static long next(TestingTask task) {
        return Long.parseLong(task.query("SELECT txid_snapshot_xmax(txid_current_snapshot())"));
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
