package io.sluice.localstack.compare;

import io.sluice.localstack.compare.TableResult.Difference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares tables of two PostgreSQL databases row by row, every column in its text form, in bounded memory: both sides are read with a
 * cursor in the byte order of the key's text and merged. A table without a primary key is compared as a multiset of whole rows. Each
 * table is read in one snapshot per side, so nothing should write meanwhile. Not thread-safe; takes over both connections and does not
 * close them.
 */
public final class RowComparison {
    private static final int LISTED_DIFFERENCES = 10;

    private static final String COLUMNS = """
            SELECT a.attname, COALESCE(a.attnum = ANY (i.indkey), false)
            FROM pg_attribute a
            LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
            WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attname::text COLLATE "C"
            """;

    private static final String TABLES = """
            SELECT n.nspname, c.relname
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'r'
            ORDER BY c.relname::text COLLATE "C"
            """;

    private final Connection source;
    private final Connection target;

    public RowComparison(Connection source, Connection target) throws SQLException {
        this.source = prepared(source);
        this.target = prepared(target);
    }

    /** Compares every ordinary table that the source has in a schema. */
    public List<TableResult> compareSchema(String schema) throws SQLException {
        List<TableResult> results = new ArrayList<>();
        for (TableName table : tables(schema)) {
            results.add(compare(table, table));
        }
        return results;
    }

    /**
     * Compares one table. Columns are matched by name.
     *
     * @throws SQLException also when a table is missing
     */
    public TableResult compare(TableName sourceTable, TableName targetTable) throws SQLException {
        try {
            List<Column> columns = columns(source, sourceTable);
            List<String> sourceNames = names(columns);
            List<String> targetNames = names(columns(target, targetTable));
            if (!sourceNames.equals(targetNames)) {
                Difference difference = new Difference("columns", sourceNames.toString(), targetNames.toString());
                return new TableResult(sourceTable, 0, 0, 1, List.of(difference));
            }
            try (RowCursor left = RowCursor.open(source, sourceTable, columns);
                    RowCursor right = RowCursor.open(target, targetTable, columns)) {
                return merge(sourceTable, left, right);
            }
        } finally {
            source.rollback();
            target.rollback();
        }
    }

    private static List<String> names(List<Column> columns) {
        return columns.stream().map(Column::name).toList();
    }

    private static TableResult merge(TableName table, RowCursor left, RowCursor right) throws SQLException {
        List<Difference> first = new ArrayList<>();
        long differences = 0;
        left.advance();
        right.advance();
        while (left.hasRow() || right.hasRow()) {
            int order = left.compareKey(right);
            boolean same = order == 0 && left.values().equals(right.values());
            if (!same) {
                differences++;
                if (first.size() < LISTED_DIFFERENCES) {
                    first.add(new Difference(
                            order <= 0 ? left.key() : right.key(),
                            order <= 0 ? left.image() : null,
                            order >= 0 ? right.image() : null));
                }
            }
            if (order <= 0) {
                left.advance();
            }
            if (order >= 0) {
                right.advance();
            }
        }
        return new TableResult(table, left.rows(), right.rows(), differences, first);
    }

    private static Connection prepared(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            // The text of a value must not depend on the settings of the role, the database or the server.
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("SET DateStyle = 'ISO, YMD'");
            statement.execute("SET IntervalStyle = 'postgres'");
            statement.execute("SET bytea_output = 'hex'");
            statement.execute("SET extra_float_digits = 3");
            statement.execute("SET work_mem = '32MB'");
        }
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        return connection;
    }

    private List<TableName> tables(String schema) throws SQLException {
        List<TableName> tables = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(TABLES)) {
            statement.setString(1, schema);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return tables;
    }

    private static List<Column> columns(Connection connection, TableName table) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, table.quoted());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(new Column(rows.getString(1), rows.getBoolean(2)));
                }
            }
        }
        return columns;
    }

    /** A column and whether it belongs to the primary key. */
    record Column(String name, boolean inKey) {}
}
