package io.sluice.postgres.distribution;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a distribution is judged by.
 *
 * @param tables columns and sizes need not be known
 * @param distinct per table and column, how many different values there are, estimated; columns without statistics are
 *     absent
 */
public record DistributionFacts(
        SortedMap<TableName, TableDefinition> tables,
        Map<TableName, Map<String, Double>> distinct,
        List<ForeignKey> foreignKeys) {

    /** Columns in the order of the key, of one table and of the one it refers to. */
    public record ForeignKey(TableName from, List<String> columns, TableName to, List<String> toColumns) {

        public ForeignKey {
            columns = List.copyOf(columns);
            toColumns = List.copyOf(toColumns);
        }
    }

    public static DistributionFacts read(Connection connection, Map<TableName, TableDefinition> tables)
            throws SQLException {
        return new DistributionFacts(
                new TreeMap<>(tables), distinct(connection, tables), foreignKeys(connection, tables));
    }

    /** "pg_stats", section 54.28 of the manual: less than zero is a share of the rows. */
    private static Map<TableName, Map<String, Double>> distinct(
            Connection connection, Map<TableName, TableDefinition> tables) throws SQLException {
        String sql = """
                SELECT s.schemaname, s.tablename, s.attname,
                       max(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 1)
                                ELSE s.n_distinct END) AS distinct_values
                FROM pg_stats s
                JOIN pg_namespace n ON n.nspname = s.schemaname
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
                WHERE c.oid = ANY (?::oid[])
                GROUP BY s.schemaname, s.tablename, s.attname
                """;
        Map<TableName, Map<String, Double>> distinct = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, oids(connection, tables));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    distinct.computeIfAbsent(new TableName(row.getString(1), row.getString(2)), name -> new HashMap<>())
                            .put(row.getString(3), row.getDouble(4));
                }
            }
        }
        return distinct;
    }

    private static List<ForeignKey> foreignKeys(Connection connection, Map<TableName, TableDefinition> tables)
            throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname, rn.nspname, rc.relname,
                       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY AS k (num, place)
                             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.place),
                       ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY AS k (num, place)
                             JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.place)
                FROM pg_constraint o
                JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = o.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE o.contype = 'f' AND o.conrelid = ANY (?::oid[]) AND o.confrelid = ANY (?::oid[])
                ORDER BY 1, 2, 3, 4, o.conname
                """;
        List<ForeignKey> keys = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, oids(connection, tables));
            statement.setArray(2, oids(connection, tables));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    keys.add(new ForeignKey(
                            new TableName(row.getString(1), row.getString(2)),
                            Arrays.asList((String[]) row.getArray(5).getArray()),
                            new TableName(row.getString(3), row.getString(4)),
                            Arrays.asList((String[]) row.getArray(6).getArray())));
                }
            }
        }
        return keys;
    }

    private static Array oids(Connection connection, Map<TableName, TableDefinition> tables) throws SQLException {
        return connection.createArrayOf(
                "int8", tables.values().stream().map(TableDefinition::oid).toArray());
    }
}
