package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A transaction that is more than the server keeps in memory, of which a savepoint is rolled back. Where such a one is sent before
 * its commit, servers up to 18.4 forget what others have done to the catalog meanwhile, and send rows that were rolled back (ADR 15).
 */
class LargeTransactionIT {

    private static final String MANY = "INSERT INTO big SELECT i, repeat('x', 100) FROM generate_series(%d, %d) i";

    /** 10 MB, which are logged in more pieces than a server reads at a time. */
    private static final String LARGE_VALUE =
            "INSERT INTO big SELECT 1, string_agg(md5(i::text), '') FROM generate_series(1, 330000) i";

    @ParameterizedTest
    @CsvSource({
        "TRUNCATE small, a, 'id,note,mood'",
        "ALTER TABLE small ADD COLUMN more text DEFAULT 'more', a, 'id,note,mood,more'",
        "ALTER TABLE small ALTER COLUMN note TYPE varchar(9), a, 'id,note,mood'",
        "ALTER TYPE mood ADD VALUE 'b', b, 'id,note,mood'"
    })
    void itsRestIsDecodedWithTheCatalogOfItsTime(String command, String mood, String columns) throws SQLException {
        try (TestingTask task = task();
                Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            // What is read when all of it has ended is known to be rolled back while it would be sent.
            task.start().stop();
            connection.setAutoCommit(false);
            statement.execute("SAVEPOINT before");
            statement.execute(MANY.formatted(1, 100));
            task.sql(command);
            statement.execute(MANY.formatted(101, 1_000));
            statement.execute("ROLLBACK TO SAVEPOINT before");
            statement.execute("INSERT INTO small (id, note, mood) VALUES (1, 'within', '" + mood + "')");
            connection.commit();
            task.sql("INSERT INTO small (id, note) VALUES (2, 'after')");
            task.resumed().awaitCapturing();

            List<Row> rows = rowsUntilAfter(task);
            assertThat(rows).extracting(row -> row.value("note")).containsExactly("within", "after");
            assertThat(rows).extracting(row -> row.value("mood")).containsExactly(mood, "a");
            assertThat(rows)
                    .allSatisfy(row ->
                            assertThat(String.join(",", row.columns().names())).isEqualTo(columns));
        }
    }

    @Test
    void aRowOfASavepointThatIsRolledBackDoesNotCome() throws SQLException {
        try (TestingTask task = task();
                Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            task.start();
            connection.setAutoCommit(false);
            statement.execute("SAVEPOINT before");
            statement.execute(LARGE_VALUE);
            task.awaitSpilled(10_000_000);
            statement.execute("ROLLBACK TO SAVEPOINT before");
            statement.execute("INSERT INTO small (id, note) VALUES (1, 'within')");
            connection.commit();
            task.sql("INSERT INTO small (id, note) VALUES (2, 'after')");

            assertThat(rowsUntilAfter(task))
                    .extracting(row -> row.value("note"))
                    .containsExactly("within", "after");
        }
    }

    private static TestingTask task() {
        return new TestingTask(
                List.of("big", "small"),
                "CREATE TYPE mood AS ENUM ('a')",
                "CREATE TABLE big (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE small (id bigint PRIMARY KEY, note text, mood mood DEFAULT 'a')");
    }

    /** The new rows of all tables, to the one whose note says that it is the last. */
    private static List<Row> rowsUntilAfter(TestingTask task) {
        try (TopicReader topic = new TopicReader(task.id)) {
            return topic
                    .readUntil(record -> record instanceof RowChange change
                            && "after"
                                    .equals(Objects.requireNonNull(change.after())
                                            .value("note")))
                    .stream()
                    .filter(RowChange.class::isInstance)
                    .map(record -> Objects.requireNonNull(((RowChange) record).after()))
                    .toList();
        }
    }
}
