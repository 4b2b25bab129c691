package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.OwnSchemas;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.SQLException;
import java.util.List;

/** Schemas, extensions and collations. */
final class SchemaReader {

    /** The schemas of users, for a query that calls {@code pg_namespace} n. */
    static final String OF_USERS =
            "n.nspname NOT IN ('information_schema', " + OwnSchemas.LIST + ") AND n.nspname !~ '^pg_'";

    private SchemaReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        extensions(query, objects);
        query.list("SELECT n.oid, n.nspname FROM pg_namespace n WHERE " + OF_USERS, row -> {
            String schema = row.getString("nspname");
            objects.add(new SourceObject(
                    new Ref(Ref.NAMESPACE, row.getLong("oid")),
                    ObjectKind.SCHEMA,
                    schema,
                    schema,
                    null,
                    Timing.NEEDED,
                    names -> names.schemas(schema).stream()
                            .map(SchemaReader::create)
                            .toList()));
            return schema;
        });
        collations(query, objects);
    }

    /**
     * Two schemas of the source can be one on the target, and it can be there. IF NOT EXISTS would ask for the right to
     * create schemas even then.
     */
    private static String create(String schema) {
        String quoted = Identifier.quote(schema);
        return "DO "
                + Identifier.literal("BEGIN IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = "
                        + Identifier.literal(schema) + ") THEN CREATE SCHEMA " + quoted + "; END IF; END");
    }

    private static void extensions(Query query, SourceObjects objects) throws SQLException {
        query.list("""
                SELECT e.oid, e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                """, row -> {
            String name = row.getString("extname");
            String schema = row.getString("nspname");
            // Its types must be found where the tables look for them.
            objects.add(new SourceObject(
                    new Ref(Ref.EXTENSION, row.getLong("oid")),
                    ObjectKind.EXTENSION,
                    schema,
                    name,
                    null,
                    Timing.NEEDED,
                    names -> List.of("CREATE EXTENSION IF NOT EXISTS " + Identifier.quote(name) + " WITH SCHEMA "
                            + names.schema(schema))));
            return name;
        });
        query.list("""
                SELECT d.classid, d.objid, d.refobjid FROM pg_depend d
                WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
                """, row -> {
            objects.addPart(
                    new Ref(row.getLong("classid"), row.getLong("objid")),
                    new Ref(Ref.EXTENSION, row.getLong("refobjid")));
            return row.getLong("objid");
        });
    }

    private static void collations(Query query, SourceObjects objects) throws SQLException {
        // The columns of this catalog have changed with nearly every version.
        String sql = """
                SELECT c.oid, n.nspname, c.collname, coalesce(j ->> 'collprovider', 'c') AS provider,
                    coalesce(j ->> 'colllocale', j ->> 'colliculocale') AS locale, j ->> 'collcollate' AS lc_collate,
                    j ->> 'collctype' AS lc_ctype, coalesce((j ->> 'collisdeterministic')::boolean, true) AS deterministic,
                    j ->> 'collicurules' AS rules
                FROM (SELECT oid, collname, collnamespace, to_jsonb(pg_collation) AS j FROM pg_collation) c
                JOIN pg_namespace n ON n.oid = c.collnamespace
                WHERE c.oid >= 16384 AND
                """ + OF_USERS;
        query.list(sql, row -> {
            String schema = row.getString("nspname");
            String name = row.getString("collname");
            StringBuilder options = new StringBuilder();
            String provider = switch (row.getString("provider")) {
                case "i" -> "icu";
                case "b" -> "builtin";
                default -> "libc";
            };
            options.append("PROVIDER = ").append(provider);
            String locale = row.getString("locale");
            if (locale == null && provider.equals("icu")) {
                locale = row.getString("lc_collate");
            }
            if (locale != null) {
                options.append(", LOCALE = ").append(Identifier.literal(locale));
            } else {
                options.append(", LC_COLLATE = ").append(Identifier.literal(row.getString("lc_collate")));
                options.append(", LC_CTYPE = ").append(Identifier.literal(row.getString("lc_ctype")));
            }
            if (!row.getBoolean("deterministic")) {
                options.append(", DETERMINISTIC = false");
            }
            if (row.getString("rules") != null) {
                options.append(", RULES = ").append(Identifier.literal(row.getString("rules")));
            }
            objects.add(new SourceObject(
                    new Ref(Ref.COLLATION, row.getLong("oid")),
                    ObjectKind.COLLATION,
                    schema,
                    schema + "." + name,
                    null,
                    Timing.NEEDED,
                    names -> List.of("CREATE COLLATION " + names.object(schema, name) + " (" + options + ")")));
            return name;
        });
    }
}
