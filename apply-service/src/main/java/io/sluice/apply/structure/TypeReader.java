package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Enums, composite types, ranges with their multiranges, and domains. */
final class TypeReader {

    private TypeReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        // It has a name since PostgreSQL 17; the one that it is given when there is none says nothing.
        String namedNotNull = "c.contype = 'n' AND c.conname <> t.typname || '_not_null'";
        String sql = """
                SELECT t.oid, n.nspname, t.typname, t.typtype, t.typrelid,
                    (to_jsonb(t) ->> 'typarray')::bigint AS typarray, (to_jsonb(r) ->> 'rngmultitypid')::bigint AS multirange,
                    ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
                    ARRAY(SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                            || CASE WHEN a.attcollation <> at.typcollation THEN (SELECT ' COLLATE ' || quote_ident(cn.nspname)
                                || '.' || quote_ident(co.collname) FROM pg_collation co
                                JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) ELSE '' END
                        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
                        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                        ORDER BY a.attnum) AS attributes,
                    array_remove(ARRAY[
                        'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                        CASE WHEN NOT oc.opcdefault THEN 'SUBTYPE_OPCLASS = ' || quote_ident(ocn.nspname) || '.'
                            || quote_ident(oc.opcname) END,
                        (SELECT 'COLLATION = ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                            FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                            JOIN pg_type st ON st.oid = r.rngsubtype
                            WHERE co.oid = r.rngcollation AND r.rngcollation <> st.typcollation),
                        CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical::regproc END,
                        CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END
                    ], NULL) AS range_options,
                    mn.nspname AS multirange_schema, mt.typname AS multirange_name,
                    format_type(t.typbasetype, t.typtypmod) AS base,
                    CASE WHEN t.typtype = 'd' AND t.typcollation <> bt.typcollation THEN (SELECT quote_ident(cn.nspname) || '.'
                        || quote_ident(co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                        WHERE co.oid = t.typcollation) END AS collation,
                    coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) AS default_value,
                    t.typnotnull AND NOT EXISTS (SELECT FROM pg_constraint c
                        WHERE c.contypid = t.oid AND NAMED_NOT_NULL) AS typnotnull,
                    ARRAY(SELECT 'CONSTRAINT ' || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid)
                        FROM pg_constraint c WHERE c.contypid = t.oid AND (c.contype = 'c' OR NAMED_NOT_NULL)
                        ORDER BY c.conname) AS checks
                FROM pg_type t
                JOIN pg_namespace n ON n.oid = t.typnamespace
                LEFT JOIN pg_class rel ON rel.oid = t.typrelid
                LEFT JOIN pg_type bt ON bt.oid = t.typbasetype
                LEFT JOIN pg_range r ON r.rngtypid = t.oid
                LEFT JOIN pg_opclass oc ON oc.oid = r.rngsubopc
                LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
                LEFT JOIN pg_type mt ON mt.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid
                LEFT JOIN pg_namespace mn ON mn.oid = mt.typnamespace
                WHERE t.oid >= 16384 AND t.typtype IN ('e', 'c', 'r', 'd')
                  AND (t.typtype <> 'c' OR rel.relkind = 'c') AND
                """.replace("NAMED_NOT_NULL", namedNotNull) + SchemaReader.OF_USERS;
        query.list(sql, row -> {
            Ref ref = new Ref(Ref.TYPE, row.getLong("oid"));
            objects.addPart(new Ref(Ref.TYPE, row.getLong("typarray")), ref);
            if (row.getLong("typrelid") != 0) {
                objects.addPart(Ref.relation(row.getLong("typrelid")), ref);
            }
            if (row.getLong("multirange") != 0) {
                objects.addPart(new Ref(Ref.TYPE, row.getLong("multirange")), ref);
            }
            objects.add(type(ref, row));
            return ref;
        });
        // The domain's checks depend on functions in their own name.
        query.list("SELECT c.oid, c.contypid FROM pg_constraint c WHERE c.contypid <> 0 AND c.oid >= 16384", row -> {
            objects.addPart(new Ref(Ref.CONSTRAINT, row.getLong("oid")), new Ref(Ref.TYPE, row.getLong("contypid")));
            return row.getLong("oid");
        });
    }

    private static SourceObject type(Ref ref, ResultSet row) throws SQLException {
        String schema = row.getString("nspname");
        String name = row.getString("typname");
        boolean domain = row.getString("typtype").equals("d");
        SourceObject.Ddl ddl = switch (row.getString("typtype")) {
            case "e" -> {
                List<String> labels = Query.strings(row, "labels").stream()
                        .map(Identifier::literal)
                        .toList();
                yield names -> List.of(
                        "CREATE TYPE " + names.object(schema, name) + " AS ENUM (" + String.join(", ", labels) + ")");
            }
            case "c" -> {
                String body = String.join(", ", Query.strings(row, "attributes"));
                yield names -> List.of("CREATE TYPE " + names.object(schema, name) + " AS (" + names.text(body) + ")");
            }
            case "r" -> range(schema, name, row);
            default -> domain(schema, name, row);
        };
        return new SourceObject(
                ref,
                domain ? ObjectKind.DOMAIN : ObjectKind.TYPE,
                schema,
                schema + "." + name,
                null,
                Timing.NEEDED,
                ddl);
    }

    private static SourceObject.Ddl range(String schema, String name, ResultSet row) throws SQLException {
        List<String> options = new ArrayList<>(Query.strings(row, "range_options"));
        String multirange = row.getString("multirange_name");
        String multirangeSchema = row.getString("multirange_schema");
        return names -> {
            List<String> all = new ArrayList<>();
            options.forEach(option -> all.add(names.text(option)));
            if (multirange != null) {
                all.add("MULTIRANGE_TYPE_NAME = " + names.object(multirangeSchema, multirange));
            }
            return List.of("CREATE TYPE " + names.object(schema, name) + " AS RANGE (" + String.join(", ", all) + ")");
        };
    }

    private static SourceObject.Ddl domain(String schema, String name, ResultSet row) throws SQLException {
        String collation = row.getString("collation");
        String value = row.getString("default_value");
        String type = row.getString("base")
                + (collation == null ? "" : " COLLATE " + collation)
                + (value == null ? "" : " DEFAULT " + value)
                + (row.getBoolean("typnotnull") ? " NOT NULL" : "");
        List<String> checks = Query.strings(row, "checks");
        return names -> {
            List<String> statements = new ArrayList<>();
            StringBuilder create =
                    new StringBuilder("CREATE DOMAIN " + names.object(schema, name) + " AS " + names.text(type));
            for (String check : checks) {
                // One that is not valid can only be added.
                if (check.endsWith(" NOT VALID")) {
                    statements.add("ALTER DOMAIN " + names.object(schema, name) + " ADD " + names.text(check));
                } else {
                    create.append(' ').append(names.text(check));
                }
            }
            statements.addFirst(create.toString());
            return statements;
        };
    }
}
