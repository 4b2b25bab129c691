package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A slot is made while transactions begin, change the catalog and end around it. It waits twice for those that are open; a
 * slot that is made alone knows nothing of what commits in the first wait, and what it sends cannot be decoded or lacks
 * columns.
 */
class BusyStartIT {

    @ParameterizedTest
    @CsvSource({"TRUNCATE %s, 'id,note'", "ALTER TABLE %s ADD COLUMN more text DEFAULT 'more', 'id,note,more'"})
    void changesAreDecodedWithTheCatalogOfTheirTime(String command, String columns) throws SQLException {
        try (TestingTask task = new TestingTask(
                        List.of("early", "late"),
                        "CREATE TABLE early (id bigint PRIMARY KEY, note text)",
                        "CREATE TABLE late (id bigint PRIMARY KEY, note text)");
                Connection one = task.connect();
                Connection two = task.connect();
                Connection three = task.connect()) {
            String open = begin(one);
            TestingRun run = task.begin();
            // The waits of the temporary slot, then those of the lasting one.
            open = waitTwice(task, open, one, two, three, command.formatted("early"), "early");
            waitTwice(task, open, three, one, two, command.formatted("late"), "late");
            await("the slot is made")
                    .until(() -> task.query("SELECT 1 FROM pg_replication_slots WHERE NOT temporary AND database = '"
                                    + task.database + "' AND confirmed_flush_lsn IS NOT NULL")
                            != null);
            two.commit();
            run.awaitCapturing();
            task.sql("INSERT INTO late (id, note) VALUES (2, 'after')");

            try (TopicReader topic = new TopicReader(task.id)) {
                List<Row> rows = topic
                        .readUntil(record -> record instanceof RowChange change
                                && note(change).equals("after"))
                        .stream()
                        .filter(record -> record instanceof RowChange change
                                && change.table().equals(new TableName("public", "late")))
                        .map(record -> Objects.requireNonNull(((RowChange) record).after()))
                        .toList();
                assertThat(rows).extracting(row -> row.value("note")).containsExactly("during", "after");
                assertThat(rows)
                        .allSatisfy(
                                row -> assertThat(String.join(",", row.columns().names()))
                                        .isEqualTo(columns));
            }
        }
    }

    @Test
    void thePilotOfAnOlderRunIsTakenOver() throws SQLException {
        try (TestingTask task = new TestingTask(List.of("early"), "CREATE TABLE early (id bigint PRIMARY KEY)");
                Connection older = task.connect();
                Statement statement = older.createStatement()) {
            statement.execute("SELECT pg_create_logical_replication_slot('" + Topics.slot(task.id)
                    + "_pilot', 'pgoutput', true)");
            task.start();
            assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE temporary"))
                    .isEqualTo("0");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLockThatSomebodyHoldsIsNamed(boolean ddl) throws SQLException {
        try (TestingTask task = new TestingTask(List.of("early"), "CREATE TABLE early (id bigint PRIMARY KEY)")) {
            if (ddl) {
                task.withDdl();
            }
            try (Connection holder = task.connect();
                    Statement statement = holder.createStatement()) {
                holder.setAutoCommit(false);
                statement.execute("LOCK TABLE early IN ACCESS EXCLUSIVE MODE");
                assertThat(new TestingRun(task.run()).failure().code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
                holder.rollback();
            }
            task.start();
        }
    }

    /**
     * Has the command commit in the first wait, and a transaction begin in the second and outlive it.
     *
     * @param open the transaction of {@code first}, on whose end the first wait depends
     * @return the transaction of {@code outliving}
     */
    private static String waitTwice(
            TestingTask task,
            String open,
            Connection first,
            Connection second,
            Connection outliving,
            String command,
            String table)
            throws SQLException {
        awaitWaitingFor(task, open);
        String next = begin(second);
        task.sql(command);
        first.commit();
        awaitWaitingFor(task, next);
        String last = begin(outliving);
        try (Statement statement = outliving.createStatement()) {
            statement.execute("INSERT INTO " + table + " (id, note) VALUES (1, 'during')");
        }
        second.commit();
        return last;
    }

    private static void awaitWaitingFor(TestingTask task, String transaction) {
        await("a slot waits for the end of transaction " + transaction)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        task.query("SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = '" + transaction + "'")
                                != null);
    }

    /** Returns the number of the transaction. */
    private static String begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT txid_current() % 4294967296")) {
            row.next();
            return row.getString(1);
        }
    }

    private static String note(RowChange change) {
        return String.valueOf(change.after() == null ? null : change.after().value("note"));
    }
}
