package io.sluice.capture.ddl;

import io.sluice.postgres.catalog.TypeDefinitionSql;

/** The text of the functions that tell what something at the source looks like; {@link DdlCapture} installs them. */
final class DdlFunctions {

    private DdlFunctions() {}

    /**
     * The partitions of a table, of all levels. It asks for no lock: somebody else may have one on another partition, and wait
     * for the one that the command of this session is about.
     */
    static String partitions(String function) {
        return """
                CREATE OR REPLACE FUNCTION %s(relation oid) RETURNS jsonb LANGUAGE sql STABLE
                SET search_path = pg_catalog SET DateStyle = ISO SET IntervalStyle = postgres SET TimeZone = UTC
                SET extra_float_digits = 3 SET bytea_output = hex AS $sluice$
                WITH RECURSIVE tree AS (
                    SELECT i.inhrelid AS oid, i.inhparent AS parent, 1 AS level FROM pg_inherits i WHERE i.inhparent = relation
                  UNION ALL
                    SELECT i.inhrelid, i.inhparent, t.level + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid)
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
                    'parent', jsonb_build_object('oid', p.oid::bigint, 'schema', pn.nspname, 'name', p.relname),
                    'bound', pg_get_expr(c.relpartbound, 0)) ORDER BY t.level, c.oid), '[]')
                FROM tree t
                JOIN pg_class c ON c.oid = t.oid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class p ON p.oid = t.parent
                JOIN pg_namespace pn ON pn.oid = p.relnamespace
                WHERE c.relispartition AND c.relkind IN ('r', 'p')
                $sluice$""".formatted(function);
    }

    /** What a table looks like: columns with their numbers, which stay when names change; constraints; other indexes. */
    static String shape(String function, String partitions) {
        return """
                CREATE OR REPLACE FUNCTION %1$s(relation oid) RETURNS jsonb LANGUAGE sql STABLE
                SET search_path = pg_catalog SET DateStyle = ISO SET IntervalStyle = postgres SET TimeZone = UTC
                SET extra_float_digits = 3 SET bytea_output = hex AS $sluice$
                SELECT jsonb_build_object(
                    'schema', n.nspname,
                    'name', c.relname,
                    'file', nullif(pg_relation_filenode(c.oid), 0),
                    'columns', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                            'notNull', a.attnotnull, 'identity', a.attidentity,
                            'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
                            'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
                            'missing', CASE WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1]
                                WHEN c.relkind = 'p' THEN (
                                    SELECT (m.attmissingval::text::text[])[1]
                                    FROM pg_partition_tree(c.oid) p
                                    JOIN pg_attribute m ON m.attrelid = p.relid AND m.attname = a.attname
                                    WHERE m.atthasmissing ORDER BY p.relid LIMIT 1) END,
                            'typeDefault', CASE WHEN d.adbin IS NULL AND a.attidentity = '' THEN coalesce(
                                pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), quote_literal(t.typdefault)) END,
                            'collation', CASE WHEN a.attcollation <> t.typcollation
                                THEN quote_ident(l.nspname) || '.' || quote_ident(o.collname) END)
                            ORDER BY a.attnum), '[]')
                        FROM pg_attribute a
                        JOIN pg_type t ON t.oid = a.atttypid
                        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                        LEFT JOIN pg_collation o ON o.oid = a.attcollation
                        LEFT JOIN pg_namespace l ON l.oid = o.collnamespace
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                    'constraints', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid))
                            ORDER BY k.conname), '[]')
                        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')),
                    'indexes', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'name', x.relname, 'definition', pg_get_indexdef(x.oid)) ORDER BY x.relname), '[]')
                        FROM pg_index i
                        JOIN pg_class x ON x.oid = i.indexrelid
                        WHERE i.indrelid = c.oid AND i.indisvalid AND NOT EXISTS (
                            SELECT FROM pg_constraint k
                            WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))))
                    || CASE WHEN c.relkind = 'p' THEN jsonb_build_object('partitions', %2$s(c.oid)) ELSE '{}' END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = relation AND c.relkind IN ('r', 'p')
                $sluice$""".formatted(function, partitions);
    }

    /**
     * What a view or a type looks like; null for what is neither.
     *
     * <p>The parts are told apart as those of a table are: attributes, or columns, by their numbers, constraints by their names.
     */
    static String look(String function) {
        return """
                CREATE OR REPLACE FUNCTION %1$s(class oid, id oid, whole boolean) RETURNS jsonb LANGUAGE sql STABLE
                SET search_path = pg_catalog SET DateStyle = ISO SET IntervalStyle = postgres SET TimeZone = UTC
                SET extra_float_digits = 3 SET bytea_output = hex AS $sluice$
                SELECT jsonb_build_object(
                    'type', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END,
                    'schema', n.nspname, 'name', c.relname,
                    'parts', jsonb_build_object('notNull', false, 'constraints', '[]'::jsonb, 'attributes', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object('number', a.attnum, 'name', a.attname,
                            'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]')
                        FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
                    || CASE WHEN whole THEN jsonb_build_object(
                        'definition', pg_get_viewdef(c.oid),
                        'filled', CASE c.relkind WHEN 'm' THEN c.relispopulated END,
                        'options', coalesce(to_jsonb(c.reloptions), '[]'),
                        'uses', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
                                'schema', un.nspname, 'name', u.relname)), '[]')
                            FROM pg_rewrite r
                            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                            JOIN pg_class u ON u.oid = d.refobjid
                            JOIN pg_namespace un ON un.oid = u.relnamespace
                            WHERE r.ev_class = c.oid)) ELSE '{}' END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE class = 'pg_class'::regclass AND c.oid = id AND c.relkind IN ('v', 'm')
              UNION ALL
                SELECT jsonb_build_object('type', 'type', 'schema', n.nspname, 'name', t.typname,
                    'definition', %2$s,
                    'labels', (SELECT coalesce(jsonb_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
                        FROM pg_enum e WHERE e.enumtypid = t.oid),
                    'parts', jsonb_build_object(
                        'attributes', (
                            SELECT coalesce(jsonb_agg(jsonb_build_object('number', a.attnum, 'name', a.attname,
                                'type', format_type(a.atttypid, a.atttypmod)
                                    || CASE WHEN a.attcollation <> b.typcollation
                                        THEN ' COLLATE ' || quote_ident(l.nspname) || '.' || quote_ident(o.collname)
                                        ELSE '' END) ORDER BY a.attnum), '[]')
                            FROM pg_attribute a
                            JOIN pg_type b ON b.oid = a.atttypid
                            LEFT JOIN pg_collation o ON o.oid = a.attcollation
                            LEFT JOIN pg_namespace l ON l.oid = o.collnamespace
                            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
                        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
                        'notNull', t.typnotnull,
                        'constraints', (
                            SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.conname, 'type', k.contype,
                                'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
                            FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')))
                FROM pg_type t
                JOIN pg_namespace n ON n.oid = t.typnamespace
                LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE class = 'pg_type'::regclass AND t.oid = id AND t.typtype IN ('e', 'd', 'c', 'r')
                    AND (t.typtype <> 'c' OR c.relkind = 'c')
                $sluice$""".formatted(function, TypeDefinitionSql.EXPRESSION);
    }
}
