package io.sluice.task.objects;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What kinds of objects a source has. Each brings the query that lists it. */
enum ObjectKind {
    SCHEMA("""
            SELECT n.nspname AS schema, n.nspname AS name, '' AS part, n.oid AS oid FROM pg_namespace n WHERE true
            """),
    TABLE(relation("'r', 'p', 'f'")),
    VIEW(relation("'v'")),
    MATERIALIZED_VIEW(relation("'m'")),
    SEQUENCE(relation("'S'")),
    INDEX("""
            SELECT n.nspname AS schema, t.relname AS name, c.relname AS part, c.oid AS oid
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE true
            """),
    COLUMN("""
            SELECT n.nspname AS schema, c.relname AS name, a.attname AS part, c.oid AS oid
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
            """),
    TRIGGER("""
            SELECT n.nspname AS schema, c.relname AS name, g.tgname AS part, g.oid AS oid
            FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT g.tgisinternal
            """),
    FUNCTION("""
            SELECT n.nspname AS schema, p.proname AS name, pg_get_function_identity_arguments(p.oid) AS part,
                   p.oid AS oid
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE NOT EXISTS (SELECT FROM pg_depend e
                WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
            """),
    TYPE("""
            SELECT n.nspname AS schema, t.typname AS name, '' AS part, t.oid AS oid
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class r ON r.oid = t.typrelid
            WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (t.typtype <> 'c' OR r.relkind = 'c')
              AND NOT (t.typelem <> 0 AND t.typlen = -1)
              AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
            """);

    private final String listing;

    ObjectKind(String listing) {
        this.listing = listing;
    }

    /** Yields {@code schema, name, part, oid}, unfiltered. */
    String listing() {
        return listing;
    }

    /** Named by a part of the table that it belongs to. */
    boolean ofTable() {
        return this == COLUMN || this == INDEX || this == TRIGGER;
    }

    /**
     * Also in lower case.
     *
     * @throws SluiceException {@code VALIDATION_FAILED}
     */
    static ObjectKind parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(kind -> kind.name().equals(upper))
                .findFirst()
                .orElseThrow(() -> {
                    String message = "must be one of " + Arrays.toString(values()) + ".";
                    return new SluiceException(
                            "kind " + message, List.of(new Violation("kind", ErrorCode.VALIDATION_FAILED, message)));
                });
    }

    private static String relation(String kinds) {
        return """
                SELECT n.nspname AS schema, c.relname AS name, '' AS part, c.oid AS oid
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN (%s) AND NOT EXISTS (SELECT FROM pg_depend e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
                """.formatted(kinds);
    }
}
