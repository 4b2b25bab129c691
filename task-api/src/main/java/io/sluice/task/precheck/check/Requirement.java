package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the columns, defaults, constraints and indexes of the chosen tables are made with, followed through pg_depend:
 * user-defined functions and types, and extensions.
 *
 * @param kind {@code EXTENSION}, {@code FUNCTION} or {@code TYPE}
 * @param name of an extension; else qualified and quoted, a function's with its argument types
 * @param definition DDL of a function; empty otherwise
 * @param machineCode a function in machine code, or a type made of such functions, which no DDL can carry over
 */
record Requirement(String kind, String name, String definition, boolean machineCode, TableName table) {

    private static final TableName ANY = new TableName("*", "*");

    /** The same, whichever table it is that needs it. */
    Requirement ofAnyTable() {
        return new Requirement(kind, name, definition, machineCode, ANY);
    }

    static List<Requirement> of(Subject subject) throws SQLException {
        // What is left out, and what stands upon it, is not made. Whatever comes with the server is not in pg_depend,
        // so the walk is short.
        String sql = """
                WITH RECURSIVE left_out AS (
                    SELECT a.attrelid, a.attnum FROM unnest(?::oid[], ?::text[]) AS excluded (relid, name)
                    JOIN pg_attribute a ON a.attrelid = excluded.relid AND a.attname = excluded.name
                ), used (root, classid, objid) AS (
                    SELECT d.root, d.classid, d.objid FROM (
                        SELECT c.oid AS root, 'pg_class'::regclass::oid AS classid, c.oid AS objid
                        FROM pg_class c WHERE c.oid = ANY (?::oid[])
                        UNION ALL SELECT i.indrelid, 'pg_class'::regclass::oid, i.indexrelid
                        FROM pg_index i WHERE i.indrelid = ANY (?::oid[])
                        UNION ALL SELECT a.adrelid, 'pg_attrdef'::regclass::oid, a.oid
                        FROM pg_attrdef a WHERE a.adrelid = ANY (?::oid[])
                        UNION ALL SELECT o.conrelid, 'pg_constraint'::regclass::oid, o.oid
                        FROM pg_constraint o WHERE o.conrelid = ANY (?::oid[]) AND o.contype <> 'f') d
                    WHERE NOT EXISTS (SELECT FROM pg_depend u
                            JOIN left_out l ON u.refobjid = l.attrelid AND u.refobjsubid = l.attnum
                            WHERE u.classid = d.classid AND u.objid = d.objid AND u.refclassid = 'pg_class'::regclass)
                        AND NOT EXISTS (SELECT FROM pg_index i
                            JOIN left_out l ON l.attrelid = i.indrelid AND l.attnum = ANY (i.indkey::int2[])
                            WHERE d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid)
                  UNION
                    SELECT used.root, d.refclassid, d.refobjid
                    FROM used JOIN pg_depend d ON d.classid = used.classid AND d.objid = used.objid
                    WHERE d.deptype <> 'e' AND d.refclassid IN ('pg_type'::regclass, 'pg_proc'::regclass,
                        'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_operator'::regclass,
                        'pg_collation'::regclass)
                        AND NOT EXISTS (SELECT FROM left_out l WHERE d.classid = 'pg_class'::regclass
                            AND d.objid = l.attrelid AND d.objsubid = l.attnum)
                )
                SELECT n.nspname, c.relname,
                       CASE WHEN e.oid IS NOT NULL THEN 'EXTENSION' WHEN p.oid IS NOT NULL THEN 'FUNCTION'
                            ELSE 'TYPE' END AS kind,
                       coalesce(e.extname, p.oid::regprocedure::text, t.oid::regtype::text) AS name,
                       CASE WHEN e.oid IS NULL AND p.oid IS NOT NULL AND coalesce(to_jsonb(p) ->> 'prokind', 'f') IN ('f', 'p')
                           AND NOT EXISTS (SELECT FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
                           THEN pg_get_functiondef(p.oid) ELSE '' END AS definition,
                       coalesce(l.lanname = 'c', false) OR coalesce(t.typtype = 'b', false) AS machine_code
                FROM used
                JOIN pg_class c ON c.oid = used.root
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_depend x ON x.classid = used.classid AND x.objid = used.objid AND x.deptype = 'e'
                LEFT JOIN pg_extension e ON e.oid = x.refobjid
                LEFT JOIN pg_proc p ON used.classid = 'pg_proc'::regclass AND p.oid = used.objid AND p.oid >= 16384
                LEFT JOIN pg_language l ON l.oid = p.prolang
                LEFT JOIN pg_type t ON used.classid = 'pg_type'::regclass AND t.oid = used.objid AND t.oid >= 16384
                    AND t.typelem = 0 AND (t.typtype IN ('b', 'd', 'e', 'r') OR t.typtype = 'c' AND EXISTS (
                        SELECT FROM pg_class k WHERE k.oid = t.typrelid AND k.relkind = 'c'))
                WHERE e.oid IS NOT NULL OR p.oid IS NOT NULL OR t.oid IS NOT NULL
                GROUP BY 1, 2, 3, 4, 5, 6
                ORDER BY 3, 4, 1, 2
                """;
        List<Long> owners = new ArrayList<>();
        List<String> excluded = new ArrayList<>();
        subject.tables()
                .values()
                .forEach(table -> subject.mapping(table.name()).excluded().forEach(column -> {
                    owners.add(table.oid());
                    excluded.add(column);
                }));
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        return subject.source()
                .list(
                        sql,
                        row -> new Requirement(
                                row.getString("kind"),
                                row.getString("name"),
                                row.getString("definition"),
                                row.getBoolean("machine_code"),
                                new TableName(row.getString("nspname"), row.getString("relname"))),
                        owners,
                        excluded,
                        oids,
                        oids,
                        oids,
                        oids);
    }
}
