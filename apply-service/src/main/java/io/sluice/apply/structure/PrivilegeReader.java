package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Grants and owners, for those who have made the roles on the target. */
final class PrivilegeReader {

    private PrivilegeReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                WITH object (catalog, oid, kind, owner, acl, standard) AS (
                    SELECT 'pg_class'::regclass::oid, c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                        WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.relowner, c.relacl,
                        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
                    FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.oid >= 16384
                  UNION ALL
                    SELECT 'pg_proc'::regclass::oid, p.oid, CASE WHEN to_jsonb(p) ->> 'prokind' = 'p' THEN 'PROCEDURE'
                        WHEN EXISTS (SELECT FROM pg_aggregate g WHERE g.aggfnoid = p.oid) THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.proowner, p.proacl, acldefault('f', p.proowner)
                    FROM pg_proc p WHERE p.oid >= 16384
                  UNION ALL
                    SELECT 'pg_namespace'::regclass::oid, n.oid, 'SCHEMA', n.nspowner, n.nspacl, acldefault('n', n.nspowner)
                    FROM pg_namespace n WHERE\s""" + SchemaReader.OF_USERS + """
                  UNION ALL
                    SELECT 'pg_type'::regclass::oid, t.oid, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.typowner,
                        t.typacl, acldefault('T', t.typowner)
                    FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid
                    WHERE t.oid >= 16384 AND t.typtype IN ('e', 'c', 'd', 'r') AND (t.typtype <> 'c' OR r.relkind = 'c')
                  UNION ALL
                    SELECT 'pg_collation'::regclass::oid, c.oid, 'COLLATION', c.collowner, NULL, NULL
                    FROM pg_collation c WHERE c.oid >= 16384
                  UNION ALL
                    SELECT 'pg_operator'::regclass::oid, o.oid, 'OPERATOR', o.oprowner, NULL, NULL
                    FROM pg_operator o WHERE o.oid >= 16384
                \s""" + (query.before10() ? "" : """
                  UNION ALL
                    SELECT 'pg_statistic_ext'::regclass::oid, s.oid, 'STATISTICS', s.stxowner, NULL, NULL
                    FROM pg_statistic_ext s
                """) + """
                )
                SELECT o.catalog, o.oid, o.kind, i.identity, quote_ident(pg_get_userbyid(o.owner)) AS owner,
                    CASE WHEN o.acl IS NULL THEN '{}' ELSE ARRAY(
                        SELECT 'REVOKE ALL ON # FROM ' || role FROM (SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC'
                            ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
                            FROM aclexplode(o.standard) a WHERE a.grantee <> o.owner) AS standing)
                      || ARRAY(
                        SELECT 'GRANT ' || string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' ON # TO '
                            || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
                            || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                        FROM aclexplode(o.acl) a WHERE a.grantee <> o.owner GROUP BY a.grantee, a.is_grantable
                        ORDER BY a.grantee, a.is_grantable) END AS grants,
                    ARRAY(SELECT 'GRANT ' || a.privilege_type || ' (' || quote_ident(c.attname) || ') ON # TO '
                        || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
                        || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                        FROM pg_attribute c, aclexplode(c.attacl) a
                        WHERE o.catalog = 'pg_class'::regclass AND c.attrelid = o.oid AND NOT c.attisdropped
                        ORDER BY c.attnum) AS column_grants
                FROM object o CROSS JOIN LATERAL pg_identify_object(o.catalog, o.oid, 0) AS i
                ORDER BY o.catalog, o.oid
                """;
        record Rights(String kind, String identity, String owner, List<String> grants, List<String> columns) {}
        Map<Ref, Rights> all = new LinkedHashMap<>();
        query.list(sql, row -> {
            Ref ref = new Ref(row.getLong("catalog"), row.getLong("oid"));
            all.put(
                    ref,
                    new Rights(
                            row.getString("kind"),
                            row.getString("identity"),
                            row.getString("owner"),
                            Query.strings(row, "grants"),
                            Query.strings(row, "column_grants")));
            return ref;
        });
        all.forEach((ref, rights) -> {
            SourceObject on = objects.find(ref);
            if (on == null) {
                return;
            }
            String what = rights.kind() + " " + rights.identity();
            List<String> grants = new ArrayList<>(rights.grants());
            grants.addAll(rights.columns());
            if (!grants.isEmpty()) {
                objects.add(new SourceObject(
                        new Ref(Ref.GRANTS, ref.catalog() * 10_000_000_000L + ref.oid()),
                        ObjectKind.PRIVILEGE,
                        on.schema(),
                        "grants on " + what,
                        on.table(),
                        Timing.ALL_FILLED,
                        List.of(on.ref()),
                        names -> grants.stream()
                                .map(grant -> on(grant, place(rights.kind(), on, names, rights.identity())))
                                .toList()));
            }
            // The new owner need not let the account of the task write.
            objects.add(new SourceObject(
                    new Ref(Ref.OWNER, ref.catalog() * 10_000_000_000L + ref.oid()),
                    ObjectKind.PRIVILEGE,
                    on.schema(),
                    "owner of " + what,
                    on.table(),
                    Timing.END,
                    List.of(on.ref()),
                    names -> List.of("ALTER " + rights.kind() + " " + named(rights.kind(), on, names, rights.identity())
                            + " OWNER TO " + rights.owner())));
        });
    }

    /** Names that have the sign in them are in quotes. */
    private static String on(String grant, String place) {
        boolean quoted = false;
        for (int at = 0; at < grant.length(); at++) {
            char c = grant.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '#' && !quoted) {
                return grant.substring(0, at) + place + grant.substring(at + 1);
            }
        }
        throw new IllegalArgumentException("grant: " + grant + " has no place for its object");
    }

    private static String place(String kind, SourceObject on, Names names, String identity) {
        String granted = switch (kind) {
            case "VIEW", "MATERIALIZED VIEW" -> "TABLE";
            case "AGGREGATE" -> "FUNCTION";
            case "DOMAIN" -> "TYPE";
            default -> kind;
        };
        return granted + " " + named(granted, on, names, identity);
    }

    private static String named(String kind, SourceObject on, Names names, String identity) {
        if (kind.equals("SCHEMA")) {
            return names.schema(String.valueOf(on.schema()));
        }
        if (kind.equals("OPERATOR")) {
            // Its name is none to a reader of SQL: schema.+(integer,integer)
            List<SqlTokens.Token> tokens = SqlTokens.of(identity);
            return names.schema(String.valueOf(on.schema()))
                    + names.text(identity.substring(tokens.getFirst().text().length()));
        }
        return kind.equals("AGGREGATE") ? CommentReader.aggregate(names.text(identity)) : names.text(identity);
    }
}
