package io.sluice.apply.position;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What is noted of the load, in the transaction that wrote the rows that a note speaks of: both are there after a crash,
 * or neither. One statement for any number of tables. Stateless.
 */
public final class LoadNotes {

    private final String taskId;

    public LoadNotes(String taskId) {
        this.taskId = taskId;
    }

    /**
     * A part of a table that is copied.
     *
     * @param table at the source
     * @param part the oid of the relation that holds the rows at the source: the table's own, or a partition's
     * @param toPage exclusive
     */
    public record CopiedPiece(TableName table, long part, long fromPage, long toPage, long rows, long bytes) {}

    /** A table that equals a snapshot of the source. */
    public record CopiedTable(TableName table, long rows, long bytes) {}

    /**
     * A table whose copy begins.
     *
     * @param files where its rows are at the source
     * @param shape what its columns mean there
     * @param columns each as {@code number name}
     * @param kept it has rows of its own
     */
    public record Begin(TableName table, String files, String shape, List<String> columns, boolean kept) {}

    /**
     * The partitions of a table are others, or have other files.
     *
     * @param before as {@link TableLoad#sourceFiles} was
     * @param now likewise
     * @param findings what has happened to rows without a change in the stream; often nothing
     * @param until where the source's log was when that was found
     */
    public record MovedParts(TableName table, String before, String now, List<String> findings, Lsn until) {

        /**
         * For whoever has to do something about it.
         *
         * @param reloads the task can load the table
         */
        public String words(boolean reloads) {
            return "Rows have come or gone at the source without a change that PostgreSQL publishes: "
                    + String.join("; ", findings)
                    + (reloads ? ". Reload the table, or bring" : ". Bring")
                    + " its rows on the target in step by hand and skip this.";
        }
    }

    /** Notes where the rows are now. Returns false when the note is not as it was any more. */
    public boolean moved(Connection target, MovedParts parts) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load SET source_files = ?
                WHERE task_id = ? AND schema_name = ? AND table_name = ? AND done AND source_files = ?""")) {
            update.setString(1, parts.now());
            update.setString(2, taskId);
            update.setString(3, parts.table().schema());
            update.setString(4, parts.table().table());
            update.setString(5, parts.before());
            return update.executeUpdate() > 0;
        }
    }

    /**
     * What the source kept in these partitions is not on the target any more either.
     *
     * @param parts their oids
     */
    public void partitionsGone(Connection target, TableName table, Collection<Long> parts) throws SQLException {
        if (parts.isEmpty()) {
            return;
        }
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load
                SET source_files = array_to_string(ARRAY(
                    SELECT f.file FROM unnest(string_to_array(source_files, ',')) WITH ORDINALITY AS f (file, place)
                    WHERE split_part(f.file, ':', 1) <> ALL (?) ORDER BY f.place), ',')
                WHERE task_id = ? AND schema_name = ? AND table_name = ? AND source_files IS NOT NULL""")) {
            update.setArray(
                    1,
                    target.createArrayOf(
                            "text", parts.stream().map(String::valueOf).toArray()));
            update.setString(2, taskId);
            update.setString(3, table.schema());
            update.setString(4, table.table());
            update.executeUpdate();
        }
    }

    /**
     * The tables are taken as they are on the target, without a load.
     *
     * @param files where their rows are at the source
     */
    public void taken(Connection target, Map<TableName, String> files) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load l SET done = true, source_files = t.files
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name, unnest(?::text[]) AS files) AS t
                WHERE l.task_id = ? AND l.schema_name = t.schema_name AND l.table_name = t.table_name""")) {
            TableArrays.set(update, 1, files.keySet());
            set(update, 3, files.entrySet(), Map.Entry::getValue);
            update.setString(4, taskId);
            update.executeUpdate();
        }
    }

    Map<TableName, TableLoad> tables(Connection target) throws SQLException {
        Map<TableName, TableLoad> loads = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, copied, done, fence_snapshot, fence_until, source_files,
                    source_shape, kept,
                    rows_loaded, bytes_loaded
                FROM _sluice.table_load WHERE task_id = ?""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName name = new TableName(row.getString(1), row.getString(2));
                    String snapshot = row.getString(5);
                    SnapshotFence fence =
                            snapshot == null ? null : SnapshotFence.parse(snapshot, Lsn.parse(row.getString(6)));
                    loads.put(
                            name,
                            new TableLoad(
                                    name,
                                    row.getBoolean(3),
                                    row.getBoolean(4),
                                    fence,
                                    row.getString(7),
                                    row.getString(8),
                                    row.getBoolean(9),
                                    row.getLong(10),
                                    row.getLong(11)));
                }
            }
        }
        return loads;
    }

    /** The pieces of tables that are not copied yet. */
    public Map<TableName, List<CopiedPiece>> pieces(Connection target) throws SQLException {
        Map<TableName, List<CopiedPiece>> pieces = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT p.schema_name, p.table_name, p.part, p.from_page, p.to_page, p.row_count, p.byte_count
                FROM _sluice.load_piece p JOIN _sluice.table_load t USING (task_id, schema_name, table_name)
                WHERE p.task_id = ? AND NOT t.copied""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName name = new TableName(row.getString(1), row.getString(2));
                    pieces.computeIfAbsent(name, table -> new ArrayList<>())
                            .add(new CopiedPiece(
                                    name,
                                    row.getLong(3),
                                    row.getLong(4),
                                    row.getLong(5),
                                    row.getLong(6),
                                    row.getLong(7)));
                }
            }
        }
        return pieces;
    }

    /** The copy of these tables begins anew, under the snapshot of this fence. */
    public void begin(Connection target, Collection<Begin> tables, SnapshotFence fence) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load l SET copied = false, done = false, fence_snapshot = ?, fence_until = ?,
                    source_files = b.files, source_shape = b.shape, kept = b.kept::boolean,
                    rows_loaded = 0, bytes_loaded = 0
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name, unnest(?::text[]) AS files,
                             unnest(?::text[]) AS shape, unnest(?::text[]) AS kept) AS b
                WHERE l.task_id = ? AND l.schema_name = b.schema_name AND l.table_name = b.table_name""")) {
            update.setString(1, fence.text());
            update.setString(2, fence.until().toString());
            set(update, 3, tables, begin -> begin.table().schema());
            set(update, 4, tables, begin -> begin.table().table());
            set(update, 5, tables, Begin::files);
            set(update, 6, tables, Begin::shape);
            set(update, 7, tables, begin -> Boolean.toString(begin.kept()));
            update.setString(8, taskId);
            update.executeUpdate();
        }
        Map<TableName, List<String>> columns = new HashMap<>();
        tables.forEach(begin -> columns.put(begin.table(), begin.columns()));
        new ColumnNotes(taskId).note(target, columns);
        try (PreparedStatement delete = target.prepareStatement("""
                DELETE FROM _sluice.load_piece p USING (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS b
                WHERE p.task_id = ? AND p.schema_name = b.schema_name AND p.table_name = b.table_name""")) {
            set(delete, 1, tables, begin -> begin.table().schema());
            set(delete, 2, tables, begin -> begin.table().table());
            delete.setString(3, taskId);
            delete.executeUpdate();
        }
    }

    public void pieceCopied(Connection target, CopiedPiece piece) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("INSERT INTO _sluice.load_piece VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, taskId);
            statement.setString(2, piece.table().schema());
            statement.setString(3, piece.table().table());
            statement.setLong(4, piece.part());
            statement.setLong(5, piece.fromPage());
            statement.setLong(6, piece.toPage());
            statement.setLong(7, piece.rows());
            statement.setLong(8, piece.bytes());
            statement.executeUpdate();
        }
    }

    /** The tables equal the snapshot of this fence. */
    public void copied(Connection target, Collection<CopiedTable> tables, SnapshotFence fence) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load l SET copied = true, fence_snapshot = ?, fence_until = ?,
                    rows_loaded = c.row_count, bytes_loaded = c.byte_count
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name, unnest(?::bigint[]) AS row_count, unnest(?::bigint[]) AS byte_count) AS c
                WHERE l.task_id = ? AND l.schema_name = c.schema_name AND l.table_name = c.table_name""")) {
            update.setString(1, fence.text());
            update.setString(2, fence.until().toString());
            set(update, 3, tables, table -> table.table().schema());
            set(update, 4, tables, table -> table.table().table());
            set(update, 5, tables, table -> Long.toString(table.rows()));
            set(update, 6, tables, table -> Long.toString(table.bytes()));
            update.setString(7, taskId);
            update.executeUpdate();
        }
    }

    /** The tables are copied and have their keys and indexes. */
    public void done(Connection target, Collection<TableName> tables) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.table_load l SET done = true
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS d
                WHERE l.task_id = ? AND l.schema_name = d.schema_name AND l.table_name = d.table_name""")) {
            TableArrays.set(update, 1, tables);
            update.setString(3, taskId);
            update.executeUpdate();
        }
    }

    private static <T> void set(PreparedStatement statement, int index, Collection<T> tables, Function<T, String> value)
            throws SQLException {
        Object[] values = tables.stream().map(value).toArray();
        statement.setArray(index, statement.getConnection().createArrayOf("text", values));
    }
}
