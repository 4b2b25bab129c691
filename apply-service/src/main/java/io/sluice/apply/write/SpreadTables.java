package io.sluice.apply.write;

import io.sluice.apply.batch.LaneLayout.Spread;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import io.sluice.transform.RowTransform;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tables whose rows may be written by several sessions at once: those with one unique key, of which equal values
 * are equal texts. A value of a second one could move from a row of one session to a row of another, and equal keys that
 * are written differently would be taken for two.
 */
final class SpreadTables {

    /** Partitions may have unique keys of their own. */
    private static final String KEYS = """
            WITH RECURSIVE tree (root, member) AS (
                SELECT c.oid, c.oid
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                UNION ALL
                SELECT tree.root, i.inhrelid
                FROM tree JOIN pg_inherits i ON i.inhparent = tree.member
                JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition)
            SELECT DISTINCT n.nspname, c.relname, key.columns,
                   i.indexprs IS NULL AND NOT i.indisexclusion AND key.plain AS usable
            FROM tree
            JOIN pg_class c ON c.oid = tree.root
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_index i ON i.indrelid = tree.member AND (i.indisunique OR i.indisexclusion)
            CROSS JOIN LATERAL (
                SELECT array_agg(a.attname::text ORDER BY a.attname) AS columns,
                       bool_and(t.typtype = 'e'
                           OR t.oid IN ('bool'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                                        'oid'::regtype, 'uuid'::regtype, 'date'::regtype, 'timestamp'::regtype,
                                        'timestamptz'::regtype, 'bytea'::regtype)
                           OR t.oid IN ('numeric'::regtype, 'bpchar'::regtype) AND a.atttypmod >= 0
                           OR t.oid IN ('text'::regtype, 'varchar'::regtype)) AND
                       bool_and(coalesce(l.collisdeterministic, true)) AS plain
                FROM generate_series(0, i.indnkeyatts - 1) AS place
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]
                JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_collation l ON l.oid = a.attcollation) AS key
            """;

    private SpreadTables() {}

    /** By the name at the source; in the transaction that the connection has open. */
    static SortedMap<TableName, Spread> find(
            Connection target, Collection<TableMapping> mappings, Set<TableName> shared) throws SQLException {
        Map<TableName, List<String>> keys = onlyKeys(target, mappings);
        SortedMap<TableName, Spread> tables = new TreeMap<>();
        for (TableMapping mapping : mappings) {
            List<String> key = shared.contains(mapping.source())
                    ? List.of()
                    : atSource(mapping, keys.getOrDefault(mapping.target(), List.of()));
            tables.put(mapping.source(), new Spread(mapping.target(), key));
        }
        return tables;
    }

    /** Nothing where the rows of one key at the source are not those of one key on the target. */
    private static List<String> atSource(TableMapping mapping, List<String> key) {
        RowTransform transform = RowTransform.of(mapping);
        if (transform != null
                && (transform.choiceDependsOnChange()
                        || transform.valuesDependOnChange()
                        || key.stream().anyMatch(transform.written()::contains))) {
            return List.of();
        }
        Map<String, String> renamed = new HashMap<>();
        mapping.renamed().forEach((source, there) -> renamed.put(there, source));
        List<String> columns = new ArrayList<>();
        for (String column : key) {
            String source = renamed.getOrDefault(column, column);
            if (!mapping.moves(source) || !mapping.targetColumn(source).equals(column)) {
                return List.of();
            }
            columns.add(source);
        }
        return columns;
    }

    /** By the name on the target; tables with another number of unique keys than one are left out. */
    private static Map<TableName, List<String>> onlyKeys(Connection target, Collection<TableMapping> mappings)
            throws SQLException {
        Map<TableName, @Nullable List<String>> found = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement(KEYS)) {
            TableArrays.set(
                    statement, 1, mappings.stream().map(TableMapping::target).toList());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName table = new TableName(row.getString(1), row.getString(2));
                    Array columns = row.getArray(3);
                    List<String> key =
                            row.getBoolean(4) && columns != null ? List.of((String[]) columns.getArray()) : null;
                    boolean known = found.containsKey(table);
                    found.put(table, known && !java.util.Objects.equals(found.get(table), key) ? null : key);
                }
            }
        }
        Map<TableName, List<String>> keys = new HashMap<>();
        found.forEach((table, key) -> {
            if (key != null) {
                keys.put(table, key);
            }
        });
        return keys;
    }
}
