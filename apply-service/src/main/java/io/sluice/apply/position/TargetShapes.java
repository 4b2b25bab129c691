package io.sluice.apply.position;

import io.sluice.contracts.task.TableName;
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
import org.jspecify.annotations.Nullable;

/** What the target's tables look like, and looked like when it was noted last. Stateless. */
public final class TargetShapes {

    private final String taskId;

    public TargetShapes(String taskId) {
        this.taskId = taskId;
    }

    /**
     * A column.
     *
     * @param number which it keeps when it is renamed
     * @param type with its length or precision
     * @param castType without
     */
    public record Column(int number, String name, String type, String castType) {

        private String text() {
            return number + "\n" + type + "\n" + castType + "\n" + name;
        }

        private static Column of(String text) {
            String[] parts = text.split("\n", 4);
            return new Column(Integer.parseInt(parts[0]), parts[3], parts[1], parts[2]);
        }
    }

    /**
     * A table.
     *
     * @param oid which one made again under its name does not have; {@link #ANY} when that says nothing, {@link #NONE}
     *     when none is the right one
     */
    public record Shape(long oid, List<Column> columns) {

        public static final long ANY = 0;

        public static final long NONE = -1;

        public Shape {
            columns = List.copyOf(columns);
        }

        public @Nullable Column column(String name) {
            return columns.stream()
                    .filter(column -> column.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** As they are; those that are not there are left out. */
    public Map<TableName, Shape> read(Connection target, Collection<TableName> tables) throws SQLException {
        Map<TableName, List<Column>> columns = new HashMap<>();
        Map<TableName, Long> oids = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT t.schema_name, t.table_name, c.oid::bigint, a.attnum, a.attname,
                       format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1)
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS t
                JOIN pg_namespace AS n ON n.nspname = t.schema_name
                JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum""")) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName table = new TableName(row.getString(1), row.getString(2));
                    oids.put(table, row.getLong(3));
                    columns.computeIfAbsent(table, name -> new ArrayList<>())
                            .add(new Column(row.getInt(4), row.getString(5), row.getString(6), row.getString(7)));
                }
            }
        }
        Map<TableName, Shape> shapes = new HashMap<>();
        columns.forEach((table, list) -> shapes.put(table, new Shape(oids.get(table), list)));
        return shapes;
    }

    /** Another one, once any of the tables was made, altered, renamed or dropped. */
    public String fingerprint(Connection target, Collection<TableName> tables) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT count(*) || ' ' || coalesce(sum(hashtext(
                    c.oid::text || ' ' || t.schema_name || ' ' || t.table_name || ' ' || a.attnum::text || ' ' || a.xmin::text)), 0)
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS t
                JOIN pg_namespace AS n ON n.nspname = t.schema_name
                JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0""")) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /** In a database that was dumped and restored, with the notes, no table has its OID any more: there none counts. */
    public Map<TableName, Shape> noted(Connection target) throws SQLException {
        Map<TableName, Shape> noted = new HashMap<>();
        long notes = notesOid(target);
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, oid, notes_oid, columns FROM _sluice.target_table WHERE task_id = ?""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<Column> columns = new ArrayList<>();
                    for (String text : (String[]) row.getArray(5).getArray()) {
                        columns.add(Column.of(text));
                    }
                    long oid = row.getLong(3);
                    noted.put(
                            new TableName(row.getString(1), row.getString(2)),
                            new Shape(oid == Shape.NONE || row.getLong(4) == notes ? oid : Shape.ANY, columns));
                }
            }
        }
        return noted;
    }

    /** Of no other tables anything is noted from here on. */
    public void note(Connection target, Map<TableName, Shape> shapes) throws SQLException {
        BookkeepingSchema.delete(target, "target_table", taskId);
        List<TableName> tables = List.copyOf(shapes.keySet());
        Object[] oids = new Object[tables.size()];
        Object[] columns = new Object[tables.size()];
        for (int i = 0; i < oids.length; i++) {
            Shape shape = shapes.get(tables.get(i));
            oids[i] = shape.oid();
            // An array of arrays would need rows of one length.
            columns[i] = target.createArrayOf(
                            "text", shape.columns().stream().map(Column::text).toArray())
                    .toString();
        }
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.target_table (task_id, schema_name, table_name, oid, notes_oid, columns)
                SELECT ?::text, n.schema_name, n.table_name, n.oid, ?::bigint, n.columns::text[]
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name, unnest(?::bigint[]) AS oid,
                             unnest(?::text[]) AS columns) AS n""")) {
            insert.setString(1, taskId);
            insert.setLong(2, notesOid(target));
            TableArrays.set(insert, 3, tables);
            insert.setArray(5, target.createArrayOf("int8", oids));
            insert.setArray(6, target.createArrayOf("text", columns));
            insert.executeUpdate();
        }
    }

    /** What was written to the table may have gone elsewhere: until it is noted anew, it is not the right one. */
    public void distrust(Connection target, TableName table) throws SQLException {
        change(target, table, "oid = " + Shape.NONE);
    }

    /** Whoever carries a command of the source over alters the table's columns: from here on they may be any. */
    public void anyColumns(Connection target, TableName table) throws SQLException {
        change(target, table, "columns = '{}'");
    }

    private void change(Connection target, TableName table, String what) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("UPDATE _sluice.target_table SET " + what
                + " WHERE task_id = ? AND schema_name = ? AND table_name = ?")) {
            update.setString(1, taskId);
            update.setString(2, table.schema());
            update.setString(3, table.table());
            update.executeUpdate();
        }
    }

    private static long notesOid(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                        SELECT c.oid::bigint FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                        WHERE n.nspname = '_sluice' AND c.relname = 'task'""");
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
