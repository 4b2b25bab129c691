package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Short reads of a catalog. */
final class Query {

    private final Connection connection;

    Query(Connection connection) {
        this.connection = connection;
    }

    Connection connection() {
        return connection;
    }

    /** The major version of the server, as in 17. */
    int majorVersion() throws SQLException {
        return (int) (number("SELECT current_setting('server_version_num')::int") / 10_000);
    }

    /** The server is a standby. */
    boolean recovering() throws SQLException {
        return flag("SELECT pg_is_in_recovery()");
    }

    /** The role of the session, quoted. */
    String role() throws SQLException {
        return Identifier.quote(text("SELECT current_user"));
    }

    /** How one row becomes a value. */
    @FunctionalInterface
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** @param parameters text, numbers, or collections, which become arrays of text or numbers */
    <T> List<T> list(String sql, RowReader<T> reader, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameter(parameters[i]));
            }
            List<T> values = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    values.add(reader.read(row));
                }
            }
            return values;
        }
    }

    String text(String sql, Object... parameters) throws SQLException {
        return list(sql, row -> String.valueOf(row.getString(1)), parameters).getFirst();
    }

    long number(String sql, Object... parameters) throws SQLException {
        return list(sql, row -> row.getLong(1), parameters).getFirst();
    }

    boolean flag(String sql, Object... parameters) throws SQLException {
        return list(sql, row -> row.getBoolean(1), parameters).getFirst();
    }

    /** Those that are there, as tables or anything that has their names. */
    SortedSet<TableName> present(List<TableName> names) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                """;
        return new TreeSet<>(list(
                sql,
                row -> new TableName(row.getString(1), row.getString(2)),
                names.stream().map(TableName::schema).toList(),
                names.stream().map(TableName::table).toList()));
    }

    /**
     * Those of these tables that have rows; one whose rows may be kept from us counts as one that has some.
     *
     * @param tables that are there
     */
    SortedSet<TableName> filled(Collection<TableName> tables) throws SQLException {
        // Row security is a column with some servers, an option of the table with others.
        String sql = """
                SELECT n.nspname, c.relname,
                       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                       AND row_to_json(c)::text !~ 'rowsecurity(":|=)(true|on)'
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                """;
        SortedSet<TableName> filled = new TreeSet<>();
        SortedSet<TableName> readable = new TreeSet<>();
        list(
                sql,
                row -> (row.getBoolean(3) ? readable : filled).add(new TableName(row.getString(1), row.getString(2))),
                tables.stream().map(TableName::schema).toList(),
                tables.stream().map(TableName::table).toList());
        for (TableName table : readable) {
            if (!list("SELECT 1 FROM " + Identifier.quote(table) + " LIMIT 1", row -> true)
                    .isEmpty()) {
                filled.add(table);
            }
        }
        return filled;
    }

    private Object parameter(Object value) throws SQLException {
        if (value instanceof Collection<?> elements) {
            boolean numbers = elements.stream().allMatch(Long.class::isInstance) && !elements.isEmpty();
            Array array = connection.createArrayOf(numbers ? "int8" : "text", elements.toArray());
            return array;
        }
        return value;
    }
}
