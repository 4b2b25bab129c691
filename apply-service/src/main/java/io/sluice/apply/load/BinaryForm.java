package io.sluice.apply.load;

import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When rows may go over in COPY's binary format: when every value has one and the same binary form on both sides. An
 * enum's values go as their labels, whatever their order and the name of the type; a domain's as those of its base type,
 * and it checks them like any others ({@code enum_recv}, {@code domain_recv}). Never for arrays and composites of types
 * of users and extensions, which carry OIDs of their own database, and never for names of objects ({@code regclass} and
 * the like), which are OIDs in binary.
 */
final class BinaryForm {

    /** Their binary form has not changed since PostgreSQL 10, and is the same for every setting of a server. */
    private static final Set<String> STABLE = Set.of(
            "boolean",
            "smallint",
            "integer",
            "bigint",
            "real",
            "double precision",
            "numeric",
            "text",
            "character varying",
            "character",
            "bpchar",
            "bytea",
            "uuid",
            "date",
            "time without time zone",
            "time with time zone",
            "timestamp without time zone",
            "timestamp with time zone",
            "json",
            "jsonb",
            ColumnDefinition.ENUM);

    /** The same between servers of one major version. */
    private static final Set<String> SAME_MAJOR = Set.of(
            // Infinite ones came with 17; an older server takes their bytes for a finite value.
            "interval",
            "name",
            "\"char\"",
            "oid",
            "bit",
            "bit varying",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "tsvector",
            "tsquery",
            "int4range",
            "int8range",
            "numrange",
            "tsrange",
            "tstzrange",
            "daterange",
            "int4multirange",
            "int8multirange",
            "nummultirange",
            "tsmultirange",
            "tstzmultirange",
            "datemultirange",
            "pg_lsn");

    private static final int OLDEST = 10;

    private BinaryForm() {}

    /** @param target the table as it is on the target; null when it is not known there */
    static boolean fits(SourceTable table, @Nullable TableDefinition target, int sourceMajor, int targetMajor) {
        if (target == null || sourceMajor < OLDEST || targetMajor < OLDEST) {
            return false;
        }
        Map<String, ColumnDefinition> columns =
                target.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, column -> column));
        return table.columns().stream()
                .allMatch(column -> fits(
                        column, columns.get(table.mapping().targetColumn(column.name())), sourceMajor == targetMajor));
    }

    private static boolean fits(ColumnDefinition from, @Nullable ColumnDefinition to, boolean sameMajor) {
        String form = from.binaryType();
        if (to == null || form == null || !form.equals(to.binaryType())) {
            return false;
        }
        String type = form.endsWith("[]") ? form.substring(0, form.length() - 2) : form;
        return STABLE.contains(type) || sameMajor && SAME_MAJOR.contains(type);
    }
}
