package io.sluice.postgres.catalog;

/** The statement that makes a type, in the same words on every server. */
public final class TypeDefinitionSql {

    /**
     * An expression over {@code t} of pg_type and {@code n}, its row of pg_namespace: enumerations, domains, composite
     * types and ranges; null for others. Names are qualified where the search path is pg_catalog alone.
     */
    public static final String EXPRESSION = """
            CASE t.typtype
                WHEN 'e' THEN 'CREATE TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) || ' AS ENUM ('
                    || (SELECT coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '')
                        FROM pg_enum e WHERE e.enumtypid = t.oid) || ')'
                WHEN 'd' THEN 'CREATE DOMAIN ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) || ' AS '
                    || format_type(t.typbasetype, t.typtypmod)
                    || coalesce((SELECT ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(c.collname)
                        FROM pg_collation c
                        JOIN pg_namespace cn ON cn.oid = c.collnamespace
                        JOIN pg_type b ON b.oid = t.typbasetype
                        WHERE c.oid = t.typcollation AND b.typcollation <> t.typcollation), '')
                    || coalesce(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), '')
                    || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                    || coalesce((SELECT string_agg(' CONSTRAINT ' || quote_ident(k.conname) || ' '
                            || pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
                        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
                WHEN 'c' THEN 'CREATE TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) || ' AS ('
                    || (SELECT coalesce(string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                            || coalesce((SELECT ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(c.collname)
                                FROM pg_collation c
                                JOIN pg_namespace cn ON cn.oid = c.collnamespace
                                JOIN pg_type b ON b.oid = a.atttypid
                                WHERE c.oid = a.attcollation AND b.typcollation <> a.attcollation), ''),
                            ', ' ORDER BY a.attnum), '')
                        FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) || ')'
                WHEN 'r' THEN 'CREATE TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) || ' AS RANGE ('
                    || (SELECT concat_ws(', ',
                            'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                            CASE WHEN NOT oc.opcdefault THEN 'SUBTYPE_OPCLASS = ' || quote_ident(ocn.nspname) || '.'
                                || quote_ident(oc.opcname) END,
                            (SELECT 'COLLATION = ' || quote_ident(cn.nspname) || '.' || quote_ident(c.collname)
                                FROM pg_collation c
                                JOIN pg_namespace cn ON cn.oid = c.collnamespace
                                JOIN pg_type b ON b.oid = r.rngsubtype
                                WHERE c.oid = r.rngcollation AND b.typcollation <> r.rngcollation),
                            CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical::regproc END,
                            CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END,
                            (SELECT 'MULTIRANGE_TYPE_NAME = ' || quote_ident(mn.nspname) || '.' || quote_ident(m.typname)
                                FROM pg_type m JOIN pg_namespace mn ON mn.oid = m.typnamespace
                                WHERE m.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid))
                        FROM pg_range r
                        JOIN pg_opclass oc ON oc.oid = r.rngsubopc
                        JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
                        WHERE r.rngtypid = t.oid) || ')'
            END""";

    private TypeDefinitionSql() {}
}
