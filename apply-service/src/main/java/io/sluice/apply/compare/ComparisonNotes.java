package io.sluice.apply.compare;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a comparison in the schema {@code _sluice} of the target: how far each table is, and the first rows that
 * differ, which leave the databases only when a user asks for them. Goes with the task's bookkeeping. Every method runs
 * in the transaction of the connection it is given. Stateless.
 */
final class ComparisonNotes {

    /** Older ones of the task lose their rows. */
    private static final int KEPT = 20;

    /** A longer value is cut in an image; repairs have it whole. */
    static final int LONGEST_IMAGE = 8_000;

    private final String taskId;
    private final int number;

    ComparisonNotes(String taskId, int number) {
        this.taskId = taskId;
        this.number = number;
    }

    /** Of comparisons whose numbers are negative. */
    static void forgetLooks(Connection target, String taskId) throws SQLException {
        if (Bookkeeping.holds(target, "comparison_table")) {
            forget(target, taskId, -1);
        }
    }

    /** Makes the tables if they are not there, and forgets what is old. */
    void prepare(Connection target, Bookkeeping bookkeeping) throws SQLException {
        bookkeeping.prepare(target);
        forget(target, taskId, number - KEPT);
    }

    private static void forget(Connection target, String taskId, int upTo) throws SQLException {
        for (String notes : List.of("comparison_row", "comparison_table")) {
            try (PreparedStatement statement =
                    target.prepareStatement("DELETE FROM _sluice." + notes + " WHERE task_id = ? AND number <= ?")) {
                statement.setString(1, taskId);
                statement.setInt(2, upTo);
                statement.executeUpdate();
            }
        }
    }

    /** What an earlier run has left, by table. */
    Map<TableName, Kept> read(Connection target) throws SQLException {
        Map<TableName, Kept> kept = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, result, scan FROM _sluice.comparison_table
                WHERE task_id = ? AND number = ?""")) {
            statement.setString(1, taskId);
            statement.setInt(2, number);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String scan = row.getString(4);
                    kept.put(
                            new TableName(row.getString(1), row.getString(2)),
                            new Kept(
                                    Json.read(row.getString(3), TableComparison.class),
                                    scan == null ? null : Json.read(scan, ScanState.class)));
                }
            }
        }
        return kept;
    }

    /** @param scan null once it is of no more use */
    record Kept(TableComparison result, @Nullable ScanState scan) {}

    void write(Connection target, Kept kept) throws SQLException {
        String result = Json.write(kept.result());
        String scan = kept.scan() == null ? null : Json.write(kept.scan());
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.comparison_table SET result = ?, scan = ?
                WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ?""")) {
            update.setString(1, result);
            update.setString(2, scan);
            setTable(update, 3, kept.result().table());
            if (update.executeUpdate() > 0) {
                return;
            }
        }
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.comparison_table (task_id, number, schema_name, table_name, result, scan)
                VALUES (?, ?, ?, ?, ?, ?)""")) {
            setTable(insert, kept.result().table());
            insert.setString(5, result);
            insert.setString(6, scan);
            insert.executeUpdate();
        }
    }

    /** The rows of the table are looked for anew. */
    void forgetRows(Connection target, TableName table) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                DELETE FROM _sluice.comparison_row
                WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ?""")) {
            setTable(statement, table);
            statement.executeUpdate();
        }
    }

    /** @param from the place of the first */
    void writeRows(
            Connection target, TargetDialect dialect, ComparedTable table, int from, List<Difference> differences)
            throws SQLException {
        Repair repair = new Repair(table, dialect);
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.comparison_row
                    (task_id, number, schema_name, table_name, place, kind, times, key, source, target, repair)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")) {
            int place = from;
            for (Difference difference : differences) {
                setTable(statement, table.name());
                statement.setInt(5, place++);
                statement.setString(6, difference.kind().name());
                statement.setLong(7, difference.times());
                statement.setString(8, Json.write(named(table.target().key(), difference.key())));
                statement.setString(9, image(table, difference.source()));
                statement.setString(10, image(table, difference.target()));
                statement.setString(11, repair.of(difference));
                // One by one: a batch would hold all of them.
                statement.executeUpdate();
            }
        }
    }

    private static @Nullable String image(ComparedTable table, @Nullable List<@Nullable String> values) {
        return values == null ? null : Json.write(named(table.target().columns(), values));
    }

    /** Pairs of name and value, in the order of the columns. */
    private static List<List<@Nullable String>> named(
            List<Relation.Column> columns, List<? extends @Nullable String> values) {
        List<List<@Nullable String>> named = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            named.add(Arrays.asList(columns.get(i).name(), cut(values.get(i))));
        }
        return named;
    }

    private static @Nullable String cut(@Nullable String value) {
        return value == null || value.length() <= LONGEST_IMAGE
                ? value
                : value.substring(0, LONGEST_IMAGE) + "… (" + value.length() + " characters)";
    }

    private void setTable(PreparedStatement statement, TableName table) throws SQLException {
        setTable(statement, 1, table);
    }

    private void setTable(PreparedStatement statement, int from, TableName table) throws SQLException {
        statement.setString(from, taskId);
        statement.setInt(from + 1, number);
        statement.setString(from + 2, table.schema());
        statement.setString(from + 3, table.table());
    }
}
