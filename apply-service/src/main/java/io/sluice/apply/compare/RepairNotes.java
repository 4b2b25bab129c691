package io.sluice.apply.compare;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of the rows that a comparison has noted, kept on the target in the transactions that write them, so that a
 * repair that is interrupted goes on with the others. Every method runs in the transaction of the connection it is given.
 * Stateless.
 */
final class RepairNotes {

    private final String taskId;
    private final int number;
    private final int comparison;

    /**
     * @param number of the repair
     * @param comparison whose rows are repaired
     */
    RepairNotes(String taskId, int number, int comparison) {
        this.taskId = taskId;
        this.number = number;
        this.comparison = comparison;
    }

    /** What became of a row. */
    enum Outcome {
        REPAIRED,
        EQUAL,
        UNSETTLED,
        REFUSED
    }

    /**
     * @param key by the target's names
     * @param cut a value was too long to be kept whole
     */
    record Noted(int place, List<String> key, boolean cut) {}

    /** @param sqlState what the target answered; null when it was not asked */
    record End(
            int place,
            Outcome outcome,
            @Nullable String sqlState,
            @Nullable String detail) {

        static End of(int place, Outcome outcome) {
            return new End(place, outcome, null, null);
        }
    }

    /** Makes the table if it is not there, and forgets earlier repairs. */
    void prepare(Connection target, Bookkeeping bookkeeping) throws SQLException {
        bookkeeping.prepare(target);
        try (PreparedStatement statement =
                target.prepareStatement("DELETE FROM _sluice.repaired_row WHERE task_id = ? AND number < ?")) {
            statement.setString(1, taskId);
            statement.setInt(2, number);
            statement.executeUpdate();
        }
    }

    /** The tables of the target in which the comparison has noted rows, with the tables of the source. */
    Map<TableName, List<TableName>> tables(Connection target) throws SQLException {
        Map<TableName, List<TableName>> tables = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT result FROM _sluice.comparison_table t
                WHERE task_id = ? AND number = ?
                  AND EXISTS (SELECT 1 FROM _sluice.comparison_row r
                              WHERE (r.task_id, r.number, r.schema_name, r.table_name)
                                  = (t.task_id, t.number, t.schema_name, t.table_name))""")) {
            statement.setString(1, taskId);
            statement.setInt(2, comparison);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableComparison result = Json.read(row.getString(1), TableComparison.class);
                    tables.put(result.table(), result.sources());
                }
            }
        }
        return tables;
    }

    /** Some of the rows of a table of which nothing has become yet: first those that only the target has. */
    List<Noted> open(Connection target, TableName table, int most) throws SQLException {
        List<Noted> noted = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT r.place, r.key FROM _sluice.comparison_row r
                WHERE r.task_id = ? AND r.number = ? AND r.schema_name = ? AND r.table_name = ?
                  AND NOT EXISTS (SELECT 1 FROM _sluice.repaired_row d
                                  WHERE d.task_id = r.task_id AND d.number = ? AND d.schema_name = r.schema_name
                                    AND d.table_name = r.table_name AND d.place = r.place)
                ORDER BY CASE r.kind WHEN 'EXTRA' THEN 0 WHEN 'CHANGED' THEN 1 ELSE 2 END, r.place LIMIT ?""")) {
            setTable(statement, comparison, table);
            statement.setInt(5, number);
            statement.setInt(6, most);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<String> key = Arrays.stream(Json.read(row.getString(2), String[][].class))
                            .map(pair -> Objects.requireNonNull(pair[1]))
                            .toList();
                    boolean cut = key.stream().anyMatch(value -> value.length() > ComparisonNotes.LONGEST_IMAGE);
                    noted.add(new Noted(row.getInt(1), key, cut));
                }
            }
        }
        return noted;
    }

    void end(Connection target, TableName table, List<End> ends) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.repaired_row
                    (task_id, number, schema_name, table_name, place, outcome, sql_state, detail)
                SELECT ?::text, ?::integer, ?::text, ?::text, ?::integer, ?::text, ?::text, ?::text
                WHERE NOT EXISTS (
                    SELECT 1 FROM _sluice.repaired_row
                    WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ? AND place = ?)""")) {
            for (End end : ends) {
                setTable(statement, 1, number, table);
                statement.setInt(5, end.place());
                statement.setString(6, end.outcome().name());
                statement.setString(7, end.sqlState());
                statement.setString(8, end.detail());
                setTable(statement, 9, number, table);
                statement.setInt(13, end.place());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Rows of a table that none of this can be done for. */
    void refuseAll(Connection target, TableName table, String why) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.repaired_row (task_id, number, schema_name, table_name, place, outcome, detail)
                SELECT r.task_id, ?::integer, r.schema_name, r.table_name, r.place, 'REFUSED', ?::text
                FROM _sluice.comparison_row r
                WHERE r.task_id = ? AND r.number = ? AND r.schema_name = ? AND r.table_name = ?
                  AND NOT EXISTS (SELECT 1 FROM _sluice.repaired_row d
                                  WHERE d.task_id = r.task_id AND d.number = ? AND d.schema_name = r.schema_name
                                    AND d.table_name = r.table_name AND d.place = r.place)""")) {
            statement.setInt(1, number);
            statement.setString(2, why);
            statement.setString(3, taskId);
            statement.setInt(4, comparison);
            statement.setString(5, table.schema());
            statement.setString(6, table.table());
            statement.setInt(7, number);
            statement.executeUpdate();
        }
    }

    TableRepair result(Connection target, TableName table) throws SQLException {
        Map<Outcome, Long> counts = new HashMap<>();
        Map<String, Long> states = new HashMap<>();
        List<String> details = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT outcome, sql_state, detail, count(*) FROM _sluice.repaired_row
                WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ?
                GROUP BY 1, 2, 3 ORDER BY 4 DESC""")) {
            setTable(statement, number, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    counts.merge(Outcome.valueOf(row.getString(1)), row.getLong(4), Long::sum);
                    if (row.getString(2) != null) {
                        states.merge(row.getString(2), row.getLong(4), Long::sum);
                    }
                    if (row.getString(3) != null) {
                        details.add(row.getLong(4) + " rows: " + row.getString(3));
                    }
                }
            }
        }
        return new TableRepair(
                table,
                noted(target, table),
                counts.getOrDefault(Outcome.REPAIRED, 0L),
                counts.getOrDefault(Outcome.EQUAL, 0L),
                counts.getOrDefault(Outcome.UNSETTLED, 0L),
                counts.getOrDefault(Outcome.REFUSED, 0L),
                states,
                details.isEmpty() ? null : String.join(" ", details));
    }

    private long noted(Connection target, TableName table) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT count(*) FROM _sluice.comparison_row
                WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ?""")) {
            setTable(statement, comparison, table);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private void setTable(PreparedStatement statement, int of, TableName table) throws SQLException {
        setTable(statement, 1, of, table);
    }

    private void setTable(PreparedStatement statement, int from, int of, TableName table) throws SQLException {
        statement.setString(from, taskId);
        statement.setInt(from + 1, of);
        statement.setString(from + 2, table.schema());
        statement.setString(from + 3, table.table());
    }
}
