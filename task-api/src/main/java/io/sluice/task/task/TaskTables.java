package io.sluice.task.task;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

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
                SELECT schema_name, table_name, state, rows_estimated, rows, bytes, source_bytes, percent,
                    rows_per_second, bytes_per_second, error, waiting_for, suspension
                FROM task_table WHERE task_id = ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                return tables(statement);
            }
        });
    }

    /** Grows with every change of the tables; 0 before the first. */
    public long version(String taskId) {
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT version FROM task_table_version WHERE task_id = ?")) {
                statement.setString(1, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? row.getLong(1) : 0;
                }
            }
        });
    }

    /** Of all tables of a task. */
    public TableTotals totals(String taskId) {
        String sql = """
                SELECT count(*), count(*) FILTER (WHERE state = 'DONE'), coalesce(sum(rows), 0),
                       coalesce(sum(CASE WHEN state = 'DONE' THEN rows ELSE greatest(rows_estimated, rows) END), 0),
                       coalesce(sum(bytes), 0), coalesce(sum(source_bytes), 0),
                       coalesce(sum(source_bytes * percent / 100), 0), coalesce(sum(rows_per_second), 0),
                       coalesce(sum(bytes_per_second), 0)
                FROM task_table WHERE task_id = ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return new TableTotals(
                            row.getInt(1),
                            row.getInt(2),
                            row.getLong(3),
                            row.getLong(4),
                            row.getLong(5),
                            row.getLong(6),
                            row.getLong(7),
                            row.getLong(8),
                            row.getLong(9));
                }
            }
        });
    }

    /** Those that are being loaded, or kept from it, sorted by name. */
    public List<TableProgress> atWork(String taskId, int limit) {
        String sql = """
                SELECT schema_name, table_name, state, rows_estimated, rows, bytes, source_bytes, percent,
                    rows_per_second, bytes_per_second, error, waiting_for, suspension
                FROM task_table
                WHERE task_id = ? AND (state IN ('LOADING', 'INDEXING', 'CATCHING_UP', 'SUSPENDED') OR waiting_for IS NOT NULL)
                ORDER BY schema_name, table_name LIMIT ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                statement.setInt(2, limit);
                return tables(statement);
            }
        });
    }

    private static List<TableProgress> tables(PreparedStatement statement) throws SQLException {
        List<TableProgress> tables = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                tables.add(table(row));
            }
        }
        tables.sort(Comparator.comparing(TableProgress::table));
        return tables;
    }

    private static void changed(Connection connection, String taskId) throws SQLException {
        String sql = """
                INSERT INTO task_table_version AS known (task_id, version) VALUES (?, 1)
                ON CONFLICT (task_id) DO UPDATE SET version = known.version + 1
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, taskId);
            statement.executeUpdate();
        }
    }

    /** The tables that the services work on; fixed by the first start. */
    List<TableName> names(String taskId) {
        return list(taskId).stream().map(TableProgress::table).toList();
    }

    /** Adds tables, and takes the newest figures for those that are known. */
    public void put(String taskId, List<TableProgress> tables) {
        String sql = """
                INSERT INTO task_table AS known
                    (task_id, schema_name, table_name, state, rows_estimated, rows, bytes, source_bytes, percent,
                     rows_per_second, bytes_per_second, error, waiting_for, suspension)
                SELECT ?, * FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[],
                    ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[])
                ON CONFLICT (task_id, schema_name, table_name) DO UPDATE
                SET state = excluded.state, rows_estimated = excluded.rows_estimated, rows = excluded.rows,
                    bytes = excluded.bytes, source_bytes = excluded.source_bytes, percent = excluded.percent,
                    rows_per_second = excluded.rows_per_second, bytes_per_second = excluded.bytes_per_second,
                    error = excluded.error, waiting_for = excluded.waiting_for, suspension = excluded.suspension
                WHERE (known.state, known.rows_estimated, known.rows, known.bytes, known.source_bytes, known.percent,
                    known.rows_per_second, known.bytes_per_second, known.error, known.waiting_for, known.suspension)
                    IS DISTINCT FROM (excluded.state, excluded.rows_estimated, excluded.rows, excluded.bytes,
                    excluded.source_bytes, excluded.percent, excluded.rows_per_second, excluded.bytes_per_second,
                    excluded.error, excluded.waiting_for, excluded.suspension)
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
                numbers(connection, statement, 8, tables, TableProgress::sourceBytes);
                numbers(connection, statement, 9, tables, TableProgress::percent);
                numbers(connection, statement, 10, tables, TableProgress::rowsPerSecond);
                numbers(connection, statement, 11, tables, TableProgress::bytesPerSecond);
                texts(connection, statement, 12, tables, TableProgress::error);
                texts(connection, statement, 13, tables, TableProgress::waitingFor);
                texts(connection, statement, 14, tables, table -> json(table.suspension()));
                if (statement.executeUpdate() > 0) {
                    changed(connection, taskId);
                }
            }
        });
    }

    /** Takes the newest figures of tables that are the task's; those of others are none of its business any more. */
    void fold(String taskId, List<TableProgress> progress) {
        Set<TableName> known = new HashSet<>(names(taskId));
        put(
                taskId,
                progress.stream().filter(table -> known.contains(table.table())).toList());
    }

    /** What the services are asked to load while the task runs. */
    List<LoadRequest> requests(String taskId) {
        String sql = """
                SELECT schema_name, table_name, load_number, added_number FROM task_table
                WHERE task_id = ? AND load_number > 0
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                List<LoadRequest> requests = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        requests.add(new LoadRequest(
                                new TableName(row.getString(1), row.getString(2)), row.getLong(3), row.getLong(4)));
                    }
                }
                requests.sort(Comparator.comparing(LoadRequest::table));
                return requests;
            }
        });
    }

    /** Those whose changes are passed over, sorted by name. */
    List<TableProgress> suspended(String taskId) {
        String sql = """
                SELECT schema_name, table_name, state, rows_estimated, rows, bytes, source_bytes, percent,
                    rows_per_second, bytes_per_second, error, waiting_for, suspension
                FROM task_table WHERE task_id = ? AND state = 'SUSPENDED'
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                return tables(statement);
            }
        });
    }

    /**
     * @throws SluiceException {@code TABLE_SUSPENDED} that names the tables that are; {@code TABLE_LOADING} that names those
     *     that were asked for and are not done
     */
    void requireInStep(String taskId) {
        List<TableName> suspended =
                suspended(taskId).stream().map(TableProgress::table).toList();
        if (!suspended.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TABLE_SUSPENDED,
                    ObjectChange.list(suspended)
                            + ": suspended, so that changes are missing on the target. Retry or skip the exception that"
                            + " says why, reload the table, or remove it from the task.");
        }
        Set<TableName> asked = requests(taskId).stream().map(LoadRequest::table).collect(Collectors.toSet());
        List<TableName> open = list(taskId).stream()
                .filter(table -> table.state() != TableState.DONE)
                .map(TableProgress::table)
                .filter(asked::contains)
                .toList();
        if (!open.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TABLE_LOADING,
                    ObjectChange.list(open)
                            + ": not in step with the other tables yet. Wait until the progress says DONE,"
                            + " or remove them from the task.");
        }
    }

    /**
     * Notes that tables are to be loaded.
     *
     * @param number of the order that says so
     * @param added they come to the task with it
     */
    void request(String taskId, Collection<TableName> tables, long number, boolean added) {
        String sql = """
                UPDATE task_table AS known
                SET load_number = ?, added_number = CASE WHEN ? THEN ? ELSE known.added_number END
                FROM unnest(?::text[], ?::text[]) AS asked (schema_name, table_name)
                WHERE known.task_id = ? AND known.schema_name = asked.schema_name
                  AND known.table_name = asked.table_name
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setLong(1, number);
                statement.setBoolean(2, added);
                statement.setLong(3, number);
                TableArrays.set(statement, 4, tables);
                statement.setString(6, taskId);
                statement.executeUpdate();
            }
        });
    }

    /** The table has another name from here on; whatever had that before has left the task. */
    void rename(String taskId, TableName from, TableName to) {
        remove(taskId, List.of(to));
        String sql = """
                UPDATE task_table SET schema_name = ?, table_name = ?
                WHERE task_id = ? AND schema_name = ? AND table_name = ?
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, to.schema());
                statement.setString(2, to.table());
                statement.setString(3, taskId);
                statement.setString(4, from.schema());
                statement.setString(5, from.table());
                statement.executeUpdate();
            }
            changed(connection, taskId);
        });
    }

    /** These are no tables of the task any more. */
    void remove(String taskId, Collection<TableName> tables) {
        String sql = """
                DELETE FROM task_table AS known
                USING unnest(?::text[], ?::text[]) AS gone (schema_name, table_name)
                WHERE known.task_id = ? AND known.schema_name = gone.schema_name AND known.table_name = gone.table_name
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                TableArrays.set(statement, 1, tables);
                statement.setString(3, taskId);
                statement.executeUpdate();
            }
            changed(connection, taskId);
        });
    }

    /** Neither tables nor positions: the task begins anew. */
    void forget(String taskId) {
        entities.unwrap(Session.class).doWork(connection -> {
            for (String table : List.of("task_table", "task_position", "task_structure")) {
                try (PreparedStatement statement =
                        connection.prepareStatement("DELETE FROM " + table + " WHERE task_id = ?")) {
                    statement.setString(1, taskId);
                    statement.executeUpdate();
                }
            }
            changed(connection, taskId);
        });
    }

    private static TableProgress table(ResultSet row) throws SQLException {
        return new TableProgress(
                new TableName(row.getString("schema_name"), row.getString("table_name")),
                TableState.valueOf(row.getString("state")),
                row.getLong("rows_estimated"),
                row.getLong("rows"),
                row.getLong("bytes"),
                row.getLong("source_bytes"),
                row.getInt("percent"),
                row.getLong("rows_per_second"),
                row.getLong("bytes_per_second"),
                row.getString("error"),
                row.getString("waiting_for"),
                suspension(row.getString("suspension")));
    }

    private static @Nullable String json(Fact.@Nullable Suspension suspension) {
        return suspension == null ? null : Json.write(suspension);
    }

    private static Fact.@Nullable Suspension suspension(@Nullable String json) {
        return json == null ? null : Json.read(json, Fact.Suspension.class);
    }

    private static void texts(
            Connection connection,
            PreparedStatement statement,
            int index,
            List<TableProgress> tables,
            Function<TableProgress, @Nullable String> value)
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
