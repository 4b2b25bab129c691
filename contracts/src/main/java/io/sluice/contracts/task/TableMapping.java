package io.sluice.contracts.task;

import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice.Distribution;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one table of the source: the one place where the choices of a task are resolved, so that structure,
 * load, stream and comparison do the same. A choice that names the table without {@code *} and {@code ?} counts before
 * patterns; among equals the last one written counts.
 *
 * @param excluded columns of the source that are left out
 * @param renamed the target's name of a column by the source's; for the others {@code nameCase} counts
 * @param filter an SQL condition over the source's columns; null when every row is meant
 * @param distribution with the source's column names; null when nobody has decided
 * @param transform an expression in CEL over the source's columns; null when rows go over as they are
 */
public record TableMapping(
        TableName source,
        TableName target,
        Set<String> excluded,
        Map<String, String> renamed,
        NameCase nameCase,
        @Nullable String filter,
        @Nullable Distribution distribution,
        @Nullable String transform) {

    public TableMapping {
        excluded = Set.copyOf(excluded);
        renamed = Map.copyOf(renamed);
    }

    /** Without a transform. */
    public TableMapping(
            TableName source,
            TableName target,
            Set<String> excluded,
            Map<String, String> renamed,
            NameCase nameCase,
            @Nullable String filter,
            @Nullable Distribution distribution) {
        this(source, target, excluded, renamed, nameCase, filter, distribution, null);
    }

    /** Everything as it is on the source. */
    public static TableMapping unchanged(TableName table) {
        return new TableMapping(table, table, Set.of(), Map.of(), NameCase.SOURCE, null, null);
    }

    /** @param table a table of the task; one that no choice names is mapped to itself */
    public static TableMapping of(TaskSpec spec, TableName table) {
        TableChoice choice = choice(spec.choices(), table);
        NameCase nameCase = spec.structure().nameCase();
        if (choice == null) {
            return new TableMapping(
                    table,
                    new TableName(apply(nameCase, table.schema()), apply(nameCase, table.table())),
                    Set.of(),
                    Map.of(),
                    nameCase,
                    null,
                    null,
                    transform(spec, table));
        }
        TableChoice.Columns columns = choice.columns();
        return new TableMapping(
                table,
                new TableName(
                        choice.targetSchema() != null ? choice.targetSchema() : apply(nameCase, table.schema()),
                        choice.targetTable() != null ? choice.targetTable() : apply(nameCase, table.table())),
                columns == null ? Set.of() : Set.copyOf(columns.exclude()),
                columns == null ? Map.of() : columns.rename(),
                nameCase,
                choice.filter(),
                choice.distribution(),
                transform(spec, table));
    }

    private static @Nullable String transform(TaskSpec spec, TableName table) {
        return spec.transforms().stream()
                .filter(transform -> transform.isOf(table))
                .map(Transform::expression)
                .findFirst()
                .orElse(null);
    }

    /** The mappings of a task's tables by the name at the source. */
    public static SortedMap<TableName, TableMapping> all(TaskSpec spec, Collection<TableName> tables) {
        SortedMap<TableName, TableMapping> mappings = new TreeMap<>();
        tables.forEach(table -> mappings.put(table, of(spec, table)));
        return mappings;
    }

    static @Nullable TableChoice choice(List<TableChoice> choices, TableName table) {
        TableChoice found = null;
        for (TableChoice choice : choices) {
            if (choice.pattern().matches(table)
                    && (found == null
                            || choice.pattern().exact()
                            || !found.pattern().exact())) {
                found = choice;
            }
        }
        return found;
    }

    /** Whether the column is moved at all. */
    public boolean moves(String sourceColumn) {
        return !excluded.contains(sourceColumn);
    }

    /** The column's name on the target. */
    public String targetColumn(String sourceColumn) {
        String name = renamed.get(sourceColumn);
        return name != null ? name : apply(nameCase, sourceColumn);
    }

    /** Rows and names go over as they are. */
    public boolean identical() {
        return source.equals(target) && sameColumns() && filter == null && transform == null;
    }

    /** Every column goes over, under its own name. */
    public boolean sameColumns() {
        return excluded.isEmpty() && renamed.isEmpty() && nameCase == NameCase.SOURCE;
    }

    /** A name as the case policy writes it. */
    public static String apply(NameCase nameCase, String name) {
        return switch (nameCase) {
            case SOURCE -> name;
            case LOWER -> name.toLowerCase(Locale.ROOT);
            case UPPER -> name.toUpperCase(Locale.ROOT);
        };
    }
}
