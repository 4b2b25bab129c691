package io.sluice.apply.structure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What the system catalogs say of a database, one line for each object with all of its attributes, without OIDs and
 * sorted: two databases of one structure give the same lines. Written apart from the code that it judges.
 *
 * <p>Two flags tell how a constraint came to be rather than what it is, and differ after pg_dump, too: whether an inherited
 * NOT NULL is local as well (a primary key that is added makes it so), and whether a key says NO INHERIT.
 */
final class CatalogDump {

    private static final String USERS =
            " n.nspname NOT IN ('pg_catalog', 'information_schema', '_sluice', 'pg_toast') ";

    private static final String NOT_OF_EXTENSION =
            " AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = x.oid AND e.deptype = 'e' AND e.classid = ";

    private static final List<String> QUERIES = List.of(
            "SELECT 'schema', n.nspname, '{}'::jsonb FROM pg_namespace n WHERE" + USERS,
            "SELECT 'extension', x.extname, jsonb_build_object('schema', n.nspname) FROM pg_extension x"
                    + " JOIN pg_namespace n ON n.oid = x.extnamespace",
            """
            SELECT 'relation ' || x.relkind::text, x.oid::regclass::text, jsonb_build_object(
                'persistence', x.relpersistence, 'row security', x.relrowsecurity, 'forced', x.relforcerowsecurity,
                'rules', x.relhasrules, 'triggers', x.relhastriggers, 'populated', x.relispopulated,
                'identity', x.relreplident, 'options', x.reloptions, 'toast options',
                (SELECT t.reloptions FROM pg_class t WHERE t.oid = x.reltoastrelid),
                'method', (SELECT amname FROM pg_am WHERE oid = x.relam), 'key', pg_get_partkeydef(x.oid),
                'bound', pg_get_expr(x.relpartbound, x.oid), 'type', nullif(x.reloftype, 0)::regtype,
                'subclass', x.relhassubclass)
            FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace
            WHERE x.relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I', 'c') AND""" + USERS + NOT_OF_EXTENSION + "'pg_class'::regclass)",
            """
            SELECT 'column', a.attrelid::regclass || '.' || a.attname, jsonb_build_object(
                'place', row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
                'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull,
                'value', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
                'collation', a.attcollation::regcollation, 'storage', a.attstorage, 'compression', a.attcompression,
                'statistics', a.attstattarget, 'options', a.attoptions, 'local', a.attislocal, 'inherited', a.attinhcount)
            FROM pg_attribute a JOIN pg_class x ON x.oid = a.attrelid JOIN pg_namespace n ON n.oid = x.relnamespace
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attnum > 0 AND NOT a.attisdropped AND x.relkind IN ('r', 'p', 'v', 'm', 'i', 'I', 'c') AND""" + USERS + NOT_OF_EXTENSION + "'pg_class'::regclass)",
            """
            SELECT 'inherits', h.inhrelid::regclass || ' from ' || h.inhparent::regclass, jsonb_build_object('place', h.inhseqno)
            FROM pg_inherits h JOIN pg_class x ON x.oid = h.inhrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE""" + USERS,
            """
            SELECT 'constraint ' || x.contype::text, coalesce(nullif(x.conrelid, 0)::regclass::text, x.contypid::regtype::text)
                || ' ' || x.conname, jsonb_build_object('definition', pg_get_constraintdef(x.oid),
                'deferrable', x.condeferrable, 'deferred', x.condeferred, 'valid', x.convalidated,
                'local', CASE WHEN x.contype <> 'n' OR x.coninhcount = 0 THEN x.conislocal END,
                'inherited', x.coninhcount, 'no inherit', CASE WHEN x.contype IN ('c', 'n') THEN x.connoinherit END, 'index', nullif(x.conindid, 0)::regclass,
                'other', nullif(x.confrelid, 0)::regclass)
            FROM pg_constraint x JOIN pg_namespace n ON n.oid = x.connamespace WHERE""" + USERS,
            """
            SELECT 'index', x.oid::regclass::text, jsonb_build_object('definition', pg_get_indexdef(x.oid),
                'unique', i.indisunique, 'primary', i.indisprimary, 'exclusion', i.indisexclusion,
                'immediate', i.indimmediate, 'clustered', i.indisclustered, 'valid', i.indisvalid,
                'identity', i.indisreplident, 'nulls', i.indnullsnotdistinct)
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE""" + USERS,
            """
            SELECT 'sequence', x.oid::regclass::text, jsonb_build_object('type', s.seqtypid::regtype, 'start', s.seqstart,
                'increment', s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle,
                'last', pg_sequence_last_value(x.oid), 'owner', (SELECT d.deptype::text || ' ' || d.refobjid::regclass || '.'
                || a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE d.objid = x.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
            FROM pg_sequence s JOIN pg_class x ON x.oid = s.seqrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE""" + USERS,
            """
            SELECT 'type ' || x.typtype::text, x.oid::regtype::text, jsonb_build_object('category', x.typcategory,
                'labels', (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = x.oid),
                'base', format_type(x.typbasetype, x.typtypmod), 'default', x.typdefault, 'not null', x.typnotnull,
                'collation', x.typcollation::regcollation, 'subtype', r.rngsubtype::regtype,
                'multirange', r.rngmultitypid::regtype, 'difference', r.rngsubdiff, 'order', r.rngcollation::regcollation,
                'class', (SELECT opcname FROM pg_opclass WHERE oid = r.rngsubopc))
            FROM pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace LEFT JOIN pg_range r ON r.rngtypid = x.oid WHERE""" + USERS + NOT_OF_EXTENSION + "'pg_type'::regclass)",
            """
            SELECT 'function', x.oid::regprocedure::text, jsonb_build_object('definition', pg_get_functiondef(x.oid))
            FROM pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace WHERE x.prokind <> 'a' AND""" + USERS + NOT_OF_EXTENSION + "'pg_proc'::regclass)",
            """
            SELECT 'aggregate', x.oid::regprocedure::text, to_jsonb(a) - 'aggfnoid' - 'aggtranstype' - 'aggmtranstype'
                - 'aggsortop' || jsonb_build_object('state', a.aggtranstype::regtype, 'sort', a.aggsortop::regoperator,
                'parallel', x.proparallel, 'arguments', pg_get_function_arguments(x.oid))
            FROM pg_aggregate a JOIN pg_proc x ON x.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = x.pronamespace WHERE""" + USERS,
            """
            SELECT 'operator', x.oid::regoperator::text, jsonb_build_object('code', x.oprcode, 'result', x.oprresult::regtype,
                'commutator', x.oprcom::regoperator, 'negator', x.oprnegate::regoperator, 'restrict', x.oprrest,
                'join', x.oprjoin, 'hash', x.oprcanhash, 'merge', x.oprcanmerge)
            FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE""" + USERS + NOT_OF_EXTENSION + "'pg_operator'::regclass)",
            """
            SELECT 'cast', x.castsource::regtype || ' as ' || x.casttarget::regtype, jsonb_build_object(
                'function', x.castfunc::regprocedure, 'context', x.castcontext, 'method', x.castmethod)
            FROM pg_cast x WHERE x.oid >= 16384""" + NOT_OF_EXTENSION + "'pg_cast'::regclass)",
            """
            SELECT 'collation', x.oid::regcollation::text, to_jsonb(x) - 'oid' - 'collnamespace' - 'collowner'
            FROM pg_collation x JOIN pg_namespace n ON n.oid = x.collnamespace WHERE""" + USERS,
            """
            SELECT 'view', x.oid::regclass::text, jsonb_build_object('query', pg_get_viewdef(x.oid))
            FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace WHERE x.relkind IN ('v', 'm') AND""" + USERS,
            """
            SELECT 'rule', r.rulename || ' on ' || r.ev_class::regclass, jsonb_build_object(
                'definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled)
            FROM pg_rewrite r JOIN pg_class x ON x.oid = r.ev_class JOIN pg_namespace n ON n.oid = x.relnamespace WHERE""" + USERS,
            """
            SELECT 'trigger', t.tgname || ' on ' || t.tgrelid::regclass, jsonb_build_object(
                'definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled, 'deferred', t.tginitdeferred)
            FROM pg_trigger t JOIN pg_class x ON x.oid = t.tgrelid JOIN pg_namespace n ON n.oid = x.relnamespace
            WHERE NOT t.tgisinternal AND""" + USERS,
            """
            SELECT 'policy', p.polname || ' on ' || p.polrelid::regclass, jsonb_build_object('command', p.polcmd,
                'permissive', p.polpermissive, 'roles', p.polroles::regrole[], 'using', pg_get_expr(p.polqual, p.polrelid),
                'check', pg_get_expr(p.polwithcheck, p.polrelid))
            FROM pg_policy p JOIN pg_class x ON x.oid = p.polrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE""" + USERS,
            """
            SELECT 'statistics', s.stxname, jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid),
                'target', s.stxstattarget)
            FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE""" + USERS,
            """
            SELECT 'comment', i.type || ' ' || i.identity, jsonb_build_object('text', d.description)
            FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
            WHERE d.objoid >= 16384""",
            privileges("relation", "pg_class", "x.oid::regclass", "relowner", "x.relacl", """
                    acldefault(CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", x.relowner)""", """
                    FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace
                    WHERE x.relkind IN ('r', 'p', 'v', 'm', 'S') AND"""),
            """
            SELECT 'privileges', 'column ' || x.oid::regclass || '.' || quote_ident(a.attname), to_jsonb(ARRAY(
                SELECT item::text FROM unnest(a.attacl) AS item ORDER BY 1))
            FROM pg_attribute a JOIN pg_class x ON x.oid = a.attrelid JOIN pg_namespace n ON n.oid = x.relnamespace
            WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND""" + USERS,
            privileges(
                    "schema",
                    "pg_namespace",
                    "quote_ident(x.nspname)",
                    "nspowner",
                    "x.nspacl",
                    "acldefault('n', x.nspowner)",
                    "FROM pg_namespace x JOIN pg_namespace n ON n.oid = x.oid WHERE"),
            privileges(
                    "function",
                    "pg_proc",
                    "x.oid::regprocedure",
                    "proowner",
                    "x.proacl",
                    "acldefault('f', x.proowner)",
                    "FROM pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace WHERE"),
            privileges(
                    "type",
                    "pg_type",
                    "x.oid::regtype",
                    "typowner",
                    "x.typacl",
                    "acldefault('T', x.typowner)",
                    "FROM pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace WHERE"),
            privileges(
                    "collation",
                    "pg_collation",
                    "x.oid::regcollation",
                    "collowner",
                    "NULL::aclitem[]",
                    "NULL",
                    "FROM pg_collation x JOIN pg_namespace n ON n.oid = x.collnamespace WHERE"),
            privileges(
                    "operator",
                    "pg_operator",
                    "x.oid::regoperator",
                    "oprowner",
                    "NULL::aclitem[]",
                    "NULL",
                    "FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE"),
            privileges(
                    "statistics",
                    "pg_statistic_ext",
                    "quote_ident(x.stxname)",
                    "stxowner",
                    "NULL::aclitem[]",
                    "NULL",
                    "FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace WHERE"));

    /** Without a list those of the owner's standard count; their order says nothing. */
    private static String privileges(
            String kind, String catalog, String name, String owner, String acl, String standard, String from) {
        return "SELECT 'privileges', '" + kind + " ' || " + name + ", jsonb_build_object('owner', x." + owner
                + "::regrole, 'acl', ARRAY(SELECT item::text FROM unnest(coalesce(" + acl + ", " + standard
                + ")) AS item ORDER BY 1)) " + from + USERS + NOT_OF_EXTENSION + "'" + catalog + "'::regclass)";
    }

    private CatalogDump() {}

    static List<String> of(Connection connection) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = pg_catalog");
            for (String query : QUERIES) {
                try (ResultSet row = statement.executeQuery(query)) {
                    while (row.next()) {
                        lines.add(row.getString(1) + " | " + row.getString(2) + " | " + row.getString(3));
                    }
                }
            }
        }
        lines.sort(null);
        return lines;
    }
}
