package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.Identifier;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a table lie in a partition, where its bound is of one column of a built-in type, whose values mean the same on both
 * sides. Bounds and keys are read as {@code pg_get_expr} and {@code pg_get_partkeydef} write them. Stateless.
 */
final class PartitionRows {

    /** Their order has to do with no collation. */
    private static final Set<String> ORDERED = Set.of(
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "date",
            "timestamp without time zone",
            "timestamp with time zone",
            "uuid");

    private static final Pattern LENGTH = Pattern.compile("\\([^)]*\\)");

    private static final Pattern KEY = Pattern.compile("(RANGE|LIST) \\((\"(?:[^\"]|\"\")+\"|[a-z_][a-z0-9_$]*)\\)");

    private static final String LITERAL = "'(?:[^']|'')*'|-?[0-9.]+|true|false|[A-Z]+";

    private static final Pattern RANGE =
            Pattern.compile("FOR VALUES FROM \\((" + LITERAL + ")\\) TO \\((" + LITERAL + ")\\)");

    private static final Pattern LIST =
            Pattern.compile("FOR VALUES IN \\(((?:" + LITERAL + ")(?:, (?:" + LITERAL + "))*)\\)");

    private PartitionRows() {}

    /**
     * A condition over the target's columns; null where it is not certain.
     *
     * @param key of the partitioned table; null when it is not known
     * @param bound of a partition of it, not of one of a partition
     */
    static @Nullable String condition(
            @Nullable String key, String bound, SourceTable table, TableMapping mapping, TargetCatalog target) {
        Matcher parts = KEY.matcher(String.valueOf(key));
        if (!parts.matches() || mapping.transform() != null) {
            return null;
        }
        String written = parts.group(2);
        String name = written.startsWith("\"")
                ? written.substring(1, written.length() - 1).replace("\"\"", "\"")
                : written;
        Column column = table.columns().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
        if (column == null
                || column.collation() != null
                || column.type().contains(".")
                || !mapping.moves(name)
                || !column.type().equals(target.columnType(mapping.target(), mapping.targetColumn(name)))) {
            return null;
        }
        String quoted = Identifier.quote(mapping.targetColumn(name));
        if (parts.group(1).equals("LIST")) {
            return list(bound, quoted);
        }
        return ORDERED.contains(LENGTH.matcher(column.type()).replaceFirst("")) ? range(bound, quoted) : null;
    }

    private static @Nullable String range(String bound, String column) {
        Matcher range = RANGE.matcher(bound);
        if (!range.matches()) {
            return null;
        }
        String from = range.group(1).equals("MINVALUE") ? "" : " AND " + column + " >= " + range.group(1);
        String to = range.group(2).equals("MAXVALUE") ? "" : " AND " + column + " < " + range.group(2);
        return column + " IS NOT NULL" + from + to;
    }

    private static @Nullable String list(String bound, String column) {
        Matcher list = LIST.matcher(bound);
        if (!list.matches()) {
            return null;
        }
        // In the list it matches nothing.
        boolean withNull = Pattern.compile(LITERAL)
                .matcher(list.group(1))
                .results()
                .anyMatch(value -> value.group().equals("NULL"));
        String condition = column + " IN (" + list.group(1) + ")";
        return withNull ? "(" + condition + " OR " + column + " IS NULL)" : condition;
    }
}
