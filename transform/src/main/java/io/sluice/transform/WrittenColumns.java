package io.sluice.transform;

import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which columns of the target a transform writes. A name that is a column of the source's means that column, whatever it is
 * called on the target; any other name is a column that only the target has.
 *
 * @param replaced columns of the source that get another value
 * @param added columns of the target that no column of the source goes to; in order
 */
public record WrittenColumns(Set<String> replaced, List<String> added) {

    public static final WrittenColumns NONE = new WrittenColumns(Set.of(), List.of());

    public WrittenColumns {
        replaced = Set.copyOf(replaced);
        added = List.copyOf(added);
    }

    public static WrittenColumns of(RowTransform transform, TableDefinition table) {
        Set<String> known = names(table.columns());
        Set<String> written = transform.written();
        return new WrittenColumns(
                written.stream().filter(known::contains).collect(Collectors.toSet()),
                written.stream().filter(name -> !known.contains(name)).toList());
    }

    /** The target's names of all that is written. */
    public Set<String> onTarget(TableMapping mapping) {
        Set<String> names = new TreeSet<>(added);
        replaced.forEach(column -> names.add(mapping.targetColumn(column)));
        return names;
    }

    /** Why the transform cannot be carried out on this table, each in one sentence; empty when it can. */
    public static List<String> problems(RowTransform transform, TableMapping mapping, TableDefinition table) {
        List<String> problems = new ArrayList<>();
        Map<String, ColumnDefinition> columns =
                table.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, Function.identity()));
        Set<String> looked = new TreeSet<>(transform.columns());
        looked.addAll(transform.columnsBefore());
        for (String column : looked) {
            ColumnDefinition known = columns.get(column);
            if (known == null) {
                problems.add("there is no column " + column + " (names are case-sensitive)");
            } else if (known.generated()) {
                problems.add("column " + column + " is generated, and no change carries it");
            }
        }
        Set<String> keys = new HashSet<>(table.primaryKey());
        keys.addAll(table.identityColumns());
        Set<String> taken = table.columns().stream()
                .map(ColumnDefinition::name)
                .filter(mapping::moves)
                .map(mapping::targetColumn)
                .collect(Collectors.toSet());
        for (String column : transform.written()) {
            ColumnDefinition known = columns.get(column);
            if (known == null && taken.contains(column)) {
                problems.add("column " + column + " is the target's name of another column: use the name that it has at"
                        + " the source");
            } else if (keys.contains(column)) {
                problems.add("column " + column + " is part of the key, by which rows are found again: it must stay as"
                        + " it is");
            } else if (known != null && known.generated()) {
                problems.add("column " + column + " is generated, and cannot be written");
            } else if (known != null && !mapping.moves(column)) {
                problems.add("column " + column + " is left out by columns.exclude: take it out there, or write to a"
                        + " column of another name");
            }
        }
        return problems;
    }

    private static Set<String> names(List<ColumnDefinition> columns) {
        return columns.stream().map(ColumnDefinition::name).collect(Collectors.toSet());
    }
}
