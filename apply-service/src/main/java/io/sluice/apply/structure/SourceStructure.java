package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads from the source's catalog what tables need around them: types, sequences, keys and indexes. */
final class SourceStructure {

    private final Connection source;
    private final Long[] tables;

    SourceStructure(Connection source, Collection<Long> tableOids) {
        this.source = source;
        this.tables = tableOids.toArray(Long[]::new);
    }

    /** An object to make if it is not there: what it is, how to see whether it is there, and its DDL. */
    record SchemaObject(String kind, String schema, String name, String ddl) {}

    /**
     * The enums, composites, ranges and domains that columns of the tables use, directly, as elements of an array or
     * through each other; in an order in which they can be made. Those of extensions are left out.
     */
    List<SchemaObject> types() throws SQLException {
        // A type can only use types that were there before it, but ALTER TYPE can break that order of OIDs; depth does
        // not.
        String sql = """
                WITH RECURSIVE used (oid, depth) AS (
                    SELECT a.atttypid, 0 FROM pg_attribute a
                    WHERE a.attrelid = ANY (?::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
                  UNION
                    SELECT part.oid, used.depth + 1
                    FROM used JOIN pg_type t ON t.oid = used.oid
                    CROSS JOIN LATERAL (
                        SELECT t.typelem WHERE t.typelem <> 0 AND t.typlen = -1
                        UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
                        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
                        UNION ALL SELECT a.atttypid FROM pg_attribute a
                            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                    ) AS part (oid)
                    WHERE used.depth < 32
                )
                SELECT n.nspname, t.typname, t.typtype, max(used.depth) AS depth,
                    CASE t.typtype
                        WHEN 'e' THEN 'AS ENUM (' || coalesce((SELECT string_agg(quote_literal(e.enumlabel), ', '
                            ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')'
                        WHEN 'c' THEN 'AS (' || (SELECT string_agg(quote_ident(a.attname) || ' '
                            || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                            FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
                            || ')'
                        WHEN 'r' THEN 'AS RANGE (SUBTYPE = ' || (SELECT format_type(r.rngsubtype, NULL)
                            FROM pg_range r WHERE r.rngtypid = t.oid) || ')'
                        WHEN 'd' THEN 'AS ' || format_type(t.typbasetype, t.typtypmod)
                            || coalesce(' DEFAULT ' || t.typdefault, '')
                            || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                            || coalesce((SELECT string_agg(' CONSTRAINT ' || quote_ident(c.conname) || ' '
                                || pg_get_constraintdef(c.oid), '') FROM pg_constraint c
                                WHERE c.contypid = t.oid AND c.contype = 'c'), '')
                    END AS body
                FROM used
                JOIN pg_type t ON t.oid = used.oid
                JOIN pg_namespace n ON n.oid = t.typnamespace
                LEFT JOIN pg_class rel ON rel.oid = t.typrelid
                WHERE t.oid >= 16384 AND t.typtype IN ('e', 'c', 'r', 'd') AND (t.typtype <> 'c' OR rel.relkind = 'c')
                  AND NOT EXISTS (SELECT FROM pg_depend e
                      WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
                GROUP BY n.nspname, t.typname, t.typtype, t.oid, t.typbasetype, t.typtypmod, t.typdefault, t.typnotnull,
                    t.typrelid
                ORDER BY max(used.depth) DESC, t.oid
                """;
        List<SchemaObject> types = new ArrayList<>();
        try (PreparedStatement statement = prepare(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String name =
                        Identifier.quote(row.getString("nspname")) + "." + Identifier.quote(row.getString("typname"));
                String kind = "d".equals(row.getString("typtype")) ? "DOMAIN" : "TYPE";
                types.add(new SchemaObject(
                        kind,
                        row.getString("nspname"),
                        row.getString("typname"),
                        "CREATE " + kind + " " + name + " " + row.getString("body")));
            }
        }
        return types;
    }

    /**
     * A sequence that belongs to a column, or that a default of the tables draws from.
     *
     * @param ddl null for the sequence of an identity column, which comes with the table
     */
    record Sequence(TableName name, String ddl, boolean ofIdentity, TableName ownerTable, String ownerColumn) {}

    List<Sequence> sequences() throws SQLException {
        // A default depends on its sequence (deptype n), a serial's sequence on its column (a), an identity's too (i).
        String sql = """
                SELECT DISTINCT sn.nspname AS schema, sc.relname AS name, owner.deptype = 'i' AS of_identity,
                    format_type(s.seqtypid, NULL) AS type, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                    s.seqcycle, tn.nspname AS table_schema, tc.relname AS table_name, oa.attname AS column_name
                FROM pg_sequence s
                JOIN pg_class sc ON sc.oid = s.seqrelid
                JOIN pg_namespace sn ON sn.oid = sc.relnamespace
                LEFT JOIN pg_depend owner ON owner.classid = 'pg_class'::regclass AND owner.objid = sc.oid
                    AND owner.refclassid = 'pg_class'::regclass AND owner.refobjsubid > 0 AND owner.deptype IN ('a', 'i')
                    AND owner.refobjid = ANY (?::oid[])
                LEFT JOIN pg_class tc ON tc.oid = owner.refobjid
                LEFT JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                LEFT JOIN pg_attribute oa ON oa.attrelid = owner.refobjid AND oa.attnum = owner.refobjsubid
                WHERE owner.objid IS NOT NULL OR EXISTS (
                    SELECT FROM pg_depend used JOIN pg_attrdef d ON used.classid = 'pg_attrdef'::regclass
                        AND used.objid = d.oid
                    WHERE used.refclassid = 'pg_class'::regclass AND used.refobjid = sc.oid
                      AND d.adrelid = ANY (?::oid[]))
                ORDER BY 1, 2
                """;
        List<Sequence> sequences = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(1, source.createArrayOf("int8", tables));
            statement.setArray(2, source.createArrayOf("int8", tables));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    sequences.add(sequence(row));
                }
            }
        }
        return sequences;
    }

    private static Sequence sequence(ResultSet row) throws SQLException {
        TableName name = new TableName(row.getString("schema"), row.getString("name"));
        String ddl = "CREATE SEQUENCE " + Identifier.quote(name) + " AS " + row.getString("type")
                + " START WITH " + row.getLong("seqstart")
                + " INCREMENT BY " + row.getLong("seqincrement")
                + " MINVALUE " + row.getLong("seqmin")
                + " MAXVALUE " + row.getLong("seqmax")
                + " CACHE " + row.getLong("seqcache")
                + (row.getBoolean("seqcycle") ? " CYCLE" : "");
        String ownerSchema = row.getString("table_schema");
        return new Sequence(
                name,
                ddl,
                row.getBoolean("of_identity"),
                ownerSchema == null ? name : new TableName(ownerSchema, row.getString("table_name")),
                ownerSchema == null ? "" : row.getString("column_name"));
    }

    /** For each table, the statements that add its keys, checks and indexes; keys first. */
    Map<Long, List<String>> keysAndIndexes() throws SQLException {
        Map<Long, List<String>> statements = new HashMap<>();
        String constraints = """
                SELECT c.conrelid, n.nspname, r.relname, c.conname, pg_get_constraintdef(c.oid) AS definition
                FROM pg_constraint c
                JOIN pg_class r ON r.oid = c.conrelid
                JOIN pg_namespace n ON n.oid = r.relnamespace
                WHERE c.conrelid = ANY (?::oid[]) AND c.contype IN ('p', 'u', 'c', 'x')
                ORDER BY c.contype = 'p' DESC, c.contype = 'u' DESC, c.conname
                """;
        try (PreparedStatement statement = prepare(constraints);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                add(
                        statements,
                        row.getLong(1),
                        "ALTER TABLE "
                                + Identifier.quote(new TableName(row.getString(2), row.getString(3)))
                                + " ADD CONSTRAINT " + Identifier.quote(row.getString(4)) + " " + row.getString(5));
            }
        }
        String indexes = """
                SELECT i.indrelid, pg_get_indexdef(i.indexrelid) FROM pg_index i
                WHERE i.indrelid = ANY (?::oid[]) AND i.indisvalid
                  AND NOT EXISTS (SELECT FROM pg_constraint c
                      WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
                ORDER BY i.indexrelid
                """;
        try (PreparedStatement statement = prepare(indexes);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                add(statements, row.getLong(1), row.getString(2));
            }
        }
        return statements;
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = source.prepareStatement(sql);
        statement.setArray(1, source.createArrayOf("int8", tables));
        return statement;
    }

    private static void add(Map<Long, List<String>> statements, long table, String sql) {
        statements.computeIfAbsent(table, oid -> new ArrayList<>()).add(sql);
    }
}
