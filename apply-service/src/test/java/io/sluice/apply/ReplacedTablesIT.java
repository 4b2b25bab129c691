package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that others take the place of while the load is under way. */
class ReplacedTablesIT extends LoadScenario {

    /** What is read by a name after another table has taken it does not go with what was read before. */
    @Test
    void aTableThatTakesTheNameOfAnotherWhileThatIsCopiedIsCopiedAlone() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 100000) i",
                "CREATE TABLE other (LIKE big INCLUDING ALL)",
                "INSERT INTO other SELECT i, repeat('y', 200) FROM generate_series(1, 90000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, SLOW);
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 3_000_000);
        inTransaction("ALTER TABLE big RENAME TO gone", "ALTER TABLE other RENAME TO big");
        assertThat(run.done()).isNotDone();
        run.context().order(order(tables, LoadLimits.NONE, 2));
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }

    @Test
    void aTableThatIsMadeAnewBeforeItsTurnIsCopiedAsItIsThen() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "CREATE TABLE small (id int PRIMARY KEY)",
                "INSERT INTO small VALUES (1)",
                "ANALYZE");
        List<TableName> tables = names("big", "small");
        Run run = run(order(tables, new LoadLimits(null, 1_000_000L, null, List.of()), 1));
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 0);
        inTransaction("DROP TABLE small", "CREATE TABLE small (id int PRIMARY KEY)", "INSERT INTO small VALUES (2)");
        assertThat(run.done()).isNotDone();
        run.context().order(order(tables, LoadLimits.NONE, 1));
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }

    private void inTransaction(String... statements) throws SQLException {
        try (Connection connection = server.connect(sourceName);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
    }
}
