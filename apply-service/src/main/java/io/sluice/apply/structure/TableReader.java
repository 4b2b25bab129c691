package io.sluice.apply.structure;

import io.sluice.apply.structure.RawTable.Check;
import io.sluice.apply.structure.RawTable.RawColumn;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import io.sluice.postgres.dialect.TableBlueprint.Generated;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tables with their columns and checks. */
final class TableReader {

    /** Of the identity column {@code a}. */
    private static final String IDENTITY_OPTIONS = """
            (SELECT 'SEQUENCE NAME ' || quote_ident(sn.nspname) || '.' || quote_ident(sc.relname)
                || ' START WITH ' || s.seqstart || ' INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin
                || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache
                || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END
             FROM pg_depend i JOIN pg_sequence s ON s.seqrelid = i.objid JOIN pg_class sc ON sc.oid = s.seqrelid
             JOIN pg_namespace sn ON sn.oid = sc.relnamespace
             WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.deptype = 'i'
               AND i.refobjid = a.attrelid AND i.refobjsubid = a.attnum)""";

    private TableReader() {}

    /** The tables, and the partitions of those that are partitioned. */
    static List<RawTable> read(Query query, Collection<Long> chosen, SourceObjects objects) throws SQLException {
        String sql = """
                WITH RECURSIVE tree (oid) AS (
                    SELECT unnest(?::bigint[])::oid
                  UNION
                    SELECT h.inhrelid FROM tree JOIN pg_class p ON p.oid = tree.oid AND p.relkind = 'p'
                    JOIN pg_inherits h ON h.inhparent = tree.oid
                )
                SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident, c.reltype, t.typarray,
                   \s""" + query.since10("CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END") + """
                     AS partition_key,
                   \s"""
                + query.since10("CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END") + """
                     AS bound,
                    EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid) AS has_children,
                    ARRAY(SELECT pn.nspname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
                        JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid ORDER BY h.inhseqno)
                        AS parent_schemas,
                    ARRAY(SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
                        WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS parent_names,
                    ARRAY(SELECT h.inhparent::bigint FROM pg_inherits h WHERE h.inhrelid = c.oid ORDER BY h.inhseqno)
                        AS parent_oids,
                    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
                    coalesce(c.reloptions, '{}') || ARRAY(SELECT 'toast.' || o FROM pg_class toast,
                        unnest(toast.reloptions) AS o WHERE toast.oid = c.reltoastrelid) AS options,
                    CASE WHEN am.amname <> 'heap' THEN am.amname END AS access_method,
                    (SELECT ic.relname FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                        WHERE i.indrelid = c.oid AND i.indisreplident) AS identity_index,
                    (SELECT ic.relname FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                        WHERE i.indrelid = c.oid AND i.indisclustered) AS cluster_index
                FROM tree JOIN pg_class c ON c.oid = tree.oid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_type t ON t.oid = c.reltype
                LEFT JOIN pg_am am ON am.oid = c.relam
                WHERE c.relkind IN ('r', 'p')
                ORDER BY n.nspname, c.relname
                """;
        List<RawTable> tables = query.list(sql, row -> table(row, objects), chosen);
        List<Long> oids = tables.stream().map(table -> table.ref().oid()).toList();
        Map<Long, List<RawColumn>> columns = columns(query, oids, objects);
        Map<Long, List<Check>> checks = checks(query, oids);
        return tables.stream()
                .map(table -> table.with(
                        columns.getOrDefault(table.ref().oid(), List.of()),
                        checks.getOrDefault(table.ref().oid(), List.of())))
                .toList();
    }

    private static RawTable table(ResultSet row, SourceObjects objects) throws SQLException {
        Ref ref = Ref.relation(row.getLong("oid"));
        objects.addPart(new Ref(Ref.TYPE, row.getLong("reltype")), ref);
        objects.addPart(new Ref(Ref.TYPE, row.getLong("typarray")), ref);
        List<String> schemas = Query.strings(row, "parent_schemas");
        List<String> names = Query.strings(row, "parent_names");
        List<TableName> parents = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            parents.add(new TableName(schemas.get(i), names.get(i)));
        }
        return new RawTable(
                ref,
                new TableName(row.getString("nspname"), row.getString("relname")),
                row.getString("relkind").equals("p"),
                row.getString("relpersistence").equals("u"),
                row.getString("partition_key"),
                row.getString("bound"),
                parents,
                Query.numbers(row, "parent_oids"),
                row.getBoolean("has_children"),
                row.getString("of_type"),
                Query.strings(row, "options"),
                row.getString("access_method"),
                row.getString("relreplident"),
                row.getString("identity_index"),
                row.getString("cluster_index"),
                List.of(),
                List.of());
    }

    private static Map<Long, List<RawColumn>> columns(Query query, List<Long> oids, SourceObjects objects)
            throws SQLException {
        String sql = """
                SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
                    a.attislocal OR c.partition AS own, c.partition,
                    d.oid AS default_oid, pg_get_expr(d.adbin, d.adrelid) AS expression,
                    coalesce(j ->> 'attidentity', '') AS identity, coalesce(j ->> 'attgenerated', '') AS generated,
                    CASE WHEN a.attcollation <> t.typcollation THEN
                        (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
                         JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
                    CASE WHEN a.attstorage <> coalesce(parent.attstorage, t.typstorage) THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                        WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
                    CASE WHEN coalesce(j ->> 'attcompression', '') <> coalesce(parent.compression, '') THEN
                        CASE j ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END
                        END AS compression,
                    nullif((j ->> 'attstattarget')::int, -1) AS statistics, coalesce(a.attoptions, '{}') AS options,
                    (SELECT o.conname FROM pg_constraint o WHERE o.conrelid = a.attrelid AND o.contype = 'n'
                        AND o.conkey = ARRAY[a.attnum] AND o.convalidated) AS not_null_name,
                    EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = a.attrelid AND o.contype = 'n'
                        AND o.conkey = ARRAY[a.attnum] AND (NOT o.convalidated OR o.connoinherit)) AS not_null_apart,
                    coalesce(parent.not_null, false) AS parent_not_null,
                    d.oid IS NULL AND coalesce(parent.default_value, false) AS default_dropped,
                   \s""" + query.since10(IDENTITY_OPTIONS) + """
                     AS identity_options
                FROM (SELECT *, to_jsonb(x) - 'attmissingval' AS j FROM pg_attribute x
                      WHERE x.attrelid = ANY (?::bigint[]::oid[]) AND x.attnum > 0 AND NOT x.attisdropped) a
                JOIN (SELECT oid, EXISTS (SELECT FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent AND p.relkind = 'p'
                                       WHERE h.inhrelid = r.oid) AS partition FROM pg_class r) c ON c.oid = a.attrelid
                JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                -- What a column has when it is made, since a parent has it. Partitions are made first, and then attached.
                LEFT JOIN LATERAL (
                    SELECT p.attstorage, to_jsonb(p) ->> 'attcompression' AS compression,
                        bool_or(p.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = p.attrelid
                            AND o.contype = 'n' AND o.conkey = ARRAY[p.attnum] AND o.connoinherit)) OVER () AS not_null,
                        EXISTS (
                            WITH RECURSIVE above (oid) AS (
                                SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = a.attrelid
                              UNION
                                SELECT i.inhparent FROM above JOIN pg_inherits i ON i.inhrelid = above.oid)
                            SELECT FROM above JOIN pg_attribute u ON u.attrelid = above.oid AND u.attname = a.attname
                            JOIN pg_attrdef v ON v.adrelid = u.attrelid AND v.adnum = u.attnum) AS default_value
                    FROM pg_inherits h JOIN pg_attribute p ON p.attrelid = h.inhparent AND p.attname = a.attname
                        AND NOT p.attisdropped
                    WHERE h.inhrelid = a.attrelid AND a.attinhcount > 0 AND NOT c.partition
                    ORDER BY h.inhseqno LIMIT 1) AS parent ON true
                ORDER BY a.attrelid, a.attnum
                """;
        Map<Long, List<RawColumn>> columns = new HashMap<>();
        query.list(
                sql,
                row -> {
                    long table = row.getLong("attrelid");
                    if (row.getLong("default_oid") != 0) {
                        objects.addPart(new Ref(Ref.ATTRDEF, row.getLong("default_oid")), Ref.relation(table));
                    }
                    columns.computeIfAbsent(table, oid -> new ArrayList<>())
                            .add(new RawColumn(column(row), row.getBoolean("own"), row.getBoolean("default_dropped")));
                    return table;
                },
                oids);
        return columns;
    }

    private static Column column(ResultSet row) throws SQLException {
        // The identity of a partition is its parent's.
        Identity identity = row.getBoolean("partition")
                ? Identity.NONE
                : switch (row.getString("identity")) {
                    case "a" -> Identity.ALWAYS;
                    case "d" -> Identity.BY_DEFAULT;
                    default -> Identity.NONE;
                };
        return new Column(
                row.getString("attname"),
                row.getString("type"),
                row.getString("collation"),
                row.getString("expression"),
                switch (row.getString("generated")) {
                    case "s" -> Generated.STORED;
                    case "v" -> Generated.VIRTUAL;
                    default -> Generated.NO;
                },
                identity,
                identity == Identity.NONE ? "" : Query.orEmpty(row.getString("identity_options")),
                row.getBoolean("attnotnull")
                        && !row.getBoolean("not_null_apart")
                        && (row.getBoolean("own") || !row.getBoolean("parent_not_null")),
                row.getString("not_null_name"),
                row.getString("storage"),
                row.getString("compression"),
                integer(row, "statistics"),
                Query.strings(row, "options"));
    }

    private static @Nullable Integer integer(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    private static Map<Long, List<Check>> checks(Query query, List<Long> oids) throws SQLException {
        String sql = """
                SELECT o.oid, o.conrelid, o.conname, pg_get_constraintdef(o.oid) AS definition, o.conislocal, o.convalidated,
                    EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_constraint'::regclass AND d.objid = o.oid
                        AND d.refclassid = 'pg_proc'::regclass AND d.refobjid >= 16384) AS functions,
                    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = o.conrelid
                        AND a.attnum = ANY (o.conkey)) AS columns
                FROM pg_constraint o
                WHERE o.conrelid = ANY (?::bigint[]::oid[]) AND (o.contype = 'c' OR o.contype = 'n' AND (NOT o.convalidated OR o.connoinherit))
                ORDER BY o.conrelid, o.conname
                """;
        Map<Long, List<Check>> checks = new HashMap<>();
        query.list(
                sql,
                row -> {
                    Check check = new Check(
                            new Ref(Ref.CONSTRAINT, row.getLong("oid")),
                            row.getString("conname"),
                            row.getString("definition"),
                            row.getBoolean("conislocal"),
                            row.getBoolean("convalidated"),
                            row.getBoolean("functions"),
                            Query.strings(row, "columns"));
                    checks.computeIfAbsent(row.getLong("conrelid"), oid -> new ArrayList<>())
                            .add(check);
                    return check;
                },
                oids);
        return checks;
    }
}
