package io.sluice.task.task;

import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.hibernate.Session;

/** The tables of started tasks and how far their load is. One statement for any number of tables; in the caller's transaction. */
@ApplicationScoped
public class TaskTables {

    private final EntityManager entities;

    TaskTables(EntityManager entities) {
        this.entities = entities;
    }

    /** Sorted by name. */
    public List<TableProgress> list(String taskId) {
        String sql = """
                SELECT schema_name, table_name, state, rows_estimated, rows, bytes FROM task_table WHERE task_id = ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                List<TableProgress> tables = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        tables.add(table(row));
                    }
                }
                tables.sort(Comparator.comparing(TableProgress::table));
                return tables;
            }
        });
    }

    /** The tables that the services work on; fixed by the first start. */
    List<TableName> names(String taskId) {
        return list(taskId).stream().map(TableProgress::table).toList();
    }

    /** Adds tables, and takes the newest figures for those that are known. */
    public void put(String taskId, List<TableProgress> tables) {
        String sql = """
                INSERT INTO task_table AS known
                    (task_id, schema_name, table_name, state, rows_estimated, rows, bytes)
                SELECT ?, * FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[])
                ON CONFLICT (task_id, schema_name, table_name) DO UPDATE
                SET state = excluded.state, rows_estimated = excluded.rows_estimated, rows = excluded.rows,
                    bytes = excluded.bytes
                WHERE (known.state, known.rows_estimated, known.rows, known.bytes)
                    <> (excluded.state, excluded.rows_estimated, excluded.rows, excluded.bytes)
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                texts(connection, statement, 2, tables, table -> table.table().schema());
                texts(connection, statement, 3, tables, table -> table.table().table());
                texts(connection, statement, 4, tables, table -> table.state().name());
                numbers(connection, statement, 5, tables, TableProgress::rowsEstimated);
                numbers(connection, statement, 6, tables, TableProgress::rows);
                numbers(connection, statement, 7, tables, TableProgress::bytes);
                statement.executeUpdate();
            }
        });
    }

    /** Neither tables nor positions: the task begins anew. */
    void forget(String taskId) {
        entities.unwrap(Session.class).doWork(connection -> {
            for (String table : List.of("task_table", "task_position")) {
                try (PreparedStatement statement =
                        connection.prepareStatement("DELETE FROM " + table + " WHERE task_id = ?")) {
                    statement.setString(1, taskId);
                    statement.executeUpdate();
                }
            }
        });
    }

    private static TableProgress table(ResultSet row) throws SQLException {
        return new TableProgress(
                new TableName(row.getString("schema_name"), row.getString("table_name")),
                TableState.valueOf(row.getString("state")),
                row.getLong("rows_estimated"),
                row.getLong("rows"),
                row.getLong("bytes"));
    }

    private static void texts(
            Connection connection,
            PreparedStatement statement,
            int index,
            List<TableProgress> tables,
            Function<TableProgress, String> value)
            throws SQLException {
        Object[] values = tables.stream().map(value).toArray();
        statement.setArray(index, connection.createArrayOf("text", values));
    }

    private static void numbers(
            Connection connection,
            PreparedStatement statement,
            int index,
            List<TableProgress> tables,
            ToLongFunction<TableProgress> value)
            throws SQLException {
        Object[] values = tables.stream().map(value::applyAsLong).toArray();
        statement.setArray(index, connection.createArrayOf("int8", values));
    }
}
