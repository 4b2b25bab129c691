package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.SQLException;
import java.util.List;

/**
 * What lies in schemas and is not moved, so that it is named. Comes after the readers of comments and privileges, since
 * those of such an object are not moved, either.
 */
final class UnmovedReader {

    private UnmovedReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT o.catalog::oid AS catalog, o.oid, n.nspname, i.type || ' ' || i.identity AS name
                FROM (SELECT 'pg_ts_config'::regclass AS catalog, oid, cfgnamespace AS namespace FROM pg_ts_config
                    UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace FROM pg_ts_dict
                    UNION ALL SELECT 'pg_ts_parser'::regclass, oid, prsnamespace FROM pg_ts_parser
                    UNION ALL SELECT 'pg_ts_template'::regclass, oid, tmplnamespace FROM pg_ts_template
                    UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
                    UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace FROM pg_opfamily
                    UNION ALL SELECT 'pg_default_acl'::regclass, oid, defaclnamespace FROM pg_default_acl
                    UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typnamespace FROM pg_type t
                        WHERE t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)) AS o
                JOIN pg_namespace n ON n.oid = o.namespace
                CROSS JOIN LATERAL pg_identify_object(o.catalog, o.oid, 0) AS i
                WHERE i.identity IS NOT NULL AND
                """ + SchemaReader.OF_USERS;
        query.list(sql, row -> {
            String name = row.getString("name");
            objects.add(new SourceObject(
                    new Ref(row.getLong("catalog"), row.getLong("oid")),
                    ObjectKind.OTHER,
                    row.getString("nspname"),
                    name,
                    null,
                    Timing.NEEDED,
                    names -> List.of("-- " + name)));
            return name;
        });
    }
}
