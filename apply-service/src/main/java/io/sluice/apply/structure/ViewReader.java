package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Views, materialized views, and rules on tables and views. */
final class ViewReader {

    private ViewReader() {}

    static void read(Query query, SourceObjects objects, Names names) throws SQLException {
        String sql = """
                SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispopulated, pg_get_viewdef(c.oid) AS query,
                    coalesce(c.reloptions, '{}') AS options, am.amname,
                    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                        AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
                    ARRAY(SELECT quote_ident(a.attname) || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                        WHERE d.adrelid = c.oid ORDER BY a.attnum) AS defaults,
                    ARRAY(SELECT d.oid::bigint FROM pg_attrdef d WHERE d.adrelid = c.oid) AS default_oids,
                    ARRAY(SELECT quote_ident(a.attname) || s.setting FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                        CROSS JOIN LATERAL (VALUES
                            (' SET STATISTICS ' || (to_jsonb(a) ->> 'attstattarget'),
                                coalesce((to_jsonb(a) ->> 'attstattarget')::int, -1) >= 0),
                            (' SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END, a.attstorage <> y.typstorage),
                            (' SET COMPRESSION ' || CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz'
                                WHEN 'l' THEN 'lz4' END, true),
                            (' SET (' || array_to_string(a.attoptions, ', ') || ')', true)) AS s (setting, given)
                        WHERE c.relkind = 'm' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          AND s.given AND s.setting IS NOT NULL ORDER BY a.attnum) AS settings,
                    cluster.indexrelid AS cluster_oid, cluster_name.relname AS cluster_name,
                    c.reltype, t.typarray,
                    own.oid AS rule
                FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_type t ON t.oid = c.reltype
                LEFT JOIN pg_am am ON am.oid = c.relam
                LEFT JOIN pg_index cluster ON cluster.indrelid = c.oid AND cluster.indisclustered
                LEFT JOIN pg_class cluster_name ON cluster_name.oid = cluster.indexrelid
                JOIN pg_rewrite own ON own.ev_class = c.oid AND own.rulename = '_RETURN'
                WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND
                """ + query.readable("pg_rewrite", "own.oid") + SchemaReader.OF_USERS + " ORDER BY c.oid";
        query.list(sql, row -> {
            Ref ref = Ref.relation(row.getLong("oid"));
            TableName name = new TableName(row.getString("nspname"), row.getString("relname"));
            names.addRelation(name, names.inItsSchema(name));
            objects.addPart(new Ref(Ref.TYPE, row.getLong("reltype")), ref);
            objects.addPart(new Ref(Ref.TYPE, row.getLong("typarray")), ref);
            objects.addPart(new Ref(Ref.REWRITE, row.getLong("rule")), ref);
            Query.numbers(row, "default_oids").forEach(oid -> objects.addPart(new Ref(Ref.ATTRDEF, oid), ref));
            objects.add(row.getString("relkind").equals("v") ? view(ref, name, row) : materialized(ref, name, row));
            if (row.getString("relkind").equals("m") && row.getBoolean("relispopulated")) {
                objects.add(refresh(ref, name));
            }
            if (row.getString("cluster_name") != null) {
                objects.add(
                        clustered(ref, name, Ref.relation(row.getLong("cluster_oid")), row.getString("cluster_name")));
            }
            return ref;
        });
        rules(query, objects);
    }

    private static SourceObject view(Ref ref, TableName name, ResultSet row) throws SQLException {
        List<String> columns = Query.strings(row, "columns");
        List<String> options = Query.strings(row, "options");
        List<String> defaults = Query.strings(row, "defaults");
        String body = row.getString("query");
        return new SourceObject(ref, ObjectKind.VIEW, name.schema(), name.toString(), null, Timing.NEEDED, names -> {
                    List<String> statements = new ArrayList<>();
                    statements.add("CREATE VIEW " + names.relation(name) + " (" + Identifier.list(columns) + ")"
                            + (options.isEmpty() ? "" : " WITH (" + String.join(", ", options) + ")") + " AS "
                            + names.query(withoutEnd(body)));
                    for (String value : defaults) {
                        statements.add("ALTER VIEW " + names.relation(name) + " ALTER COLUMN " + names.text(value));
                    }
                    return statements;
                })
                .droppedBy(names -> "DROP VIEW IF EXISTS " + names.relation(name));
    }

    private static SourceObject materialized(Ref ref, TableName name, ResultSet row) throws SQLException {
        List<String> columns = Query.strings(row, "columns");
        List<String> options = Query.strings(row, "options");
        List<String> settings = Query.strings(row, "settings");
        String method = row.getString("amname");
        String body = row.getString("query");
        return new SourceObject(
                        ref,
                        ObjectKind.MATERIALIZED_VIEW,
                        name.schema(),
                        name.toString(),
                        null,
                        Timing.NEEDED,
                        names -> {
                            List<String> statements = new ArrayList<>();
                            statements.add("CREATE MATERIALIZED VIEW " + names.relation(name) + " ("
                                    + Identifier.list(columns)
                                    + ")"
                                    + (method == null || method.equals("heap")
                                            ? ""
                                            : " USING " + Identifier.quote(method))
                                    + (options.isEmpty() ? "" : " WITH (" + String.join(", ", options) + ")") + " AS "
                                    + names.query(withoutEnd(body)) + " WITH NO DATA");
                            settings.forEach(setting -> statements.add(
                                    "ALTER MATERIALIZED VIEW " + names.relation(name) + " ALTER COLUMN " + setting));
                            return statements;
                        })
                .droppedBy(names -> "DROP MATERIALIZED VIEW IF EXISTS " + names.relation(name));
    }

    /** When all that it reads is there, which is more than its own definition needs. */
    private static SourceObject refresh(Ref ref, TableName name) {
        return new SourceObject(
                new Ref(Ref.REFRESH, ref.oid()),
                ObjectKind.MATERIALIZED_VIEW,
                name.schema(),
                "rows of " + name,
                name,
                Timing.ALL_FILLED,
                List.of(ref),
                names -> List.of("REFRESH MATERIALIZED VIEW " + names.relation(name)));
    }

    private static SourceObject clustered(Ref ref, TableName name, Ref index, String indexName) {
        return new SourceObject(
                new Ref(Ref.SETTINGS, ref.oid()),
                ObjectKind.TABLE_SETTING,
                name.schema(),
                "settings of " + name,
                name,
                Timing.ALL_FILLED,
                List.of(ref, index),
                names -> List.of("ALTER MATERIALIZED VIEW " + names.relation(name) + " CLUSTER ON "
                        + Identifier.quote(indexName)));
    }

    private static String withoutEnd(String body) {
        String stripped = body.strip();
        return stripped.endsWith(";") ? stripped.substring(0, stripped.length() - 1) : stripped;
    }

    private static void rules(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT r.oid, n.nspname, c.relname, c.oid AS relation, c.relkind, r.rulename, r.ev_enabled,
                    pg_get_ruledef(r.oid) AS definition
                FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE r.rulename <> '_RETURN' AND c.relkind IN ('r', 'p', 'v') AND
                """ + query.readable("pg_rewrite", "r.oid") + SchemaReader.OF_USERS + " ORDER BY r.oid";
        query.list(sql, row -> {
            TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
            String name = row.getString("rulename");
            String definition = withoutEnd(row.getString("definition"));
            String enabled = row.getString("ev_enabled");
            // An upsert is refused by a table that has a rule for UPDATE, even when the rule is not to be used.
            Timing timing = row.getString("relkind").equals("v") ? Timing.ALL_FILLED : Timing.END;
            Ref ref = new Ref(Ref.REWRITE, row.getLong("oid"));
            objects.add(new SourceObject(
                    ref,
                    ObjectKind.RULE,
                    table.schema(),
                    name + " on " + table,
                    table,
                    timing,
                    List.of(Ref.relation(row.getLong("relation"))),
                    names -> {
                        List<String> statements = new ArrayList<>();
                        statements.add(names.query(definition));
                        String state = TriggerReader.state(enabled);
                        if (state != null) {
                            statements.add("ALTER TABLE " + names.relation(table) + " " + state + " RULE "
                                    + Identifier.quote(name));
                        }
                        return statements;
                    }));
            return ref;
        });
    }
}
