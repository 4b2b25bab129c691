package io.sluice.postgres.catalog;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Several tables of the source that go into one: the first by name makes it, the others must fit. */
public final class SharedTable {

    private SharedTable() {}

    /**
     * @param added columns of the target that only the transform of the other writes
     * @param streams whether changes follow the load: they must bring every column
     * @return in words; empty when every row of the other fits
     */
    public static List<String> differences(
            TableDefinition first,
            TableMapping firstMapping,
            TableDefinition other,
            TableMapping otherMapping,
            Collection<String> added,
            boolean streams) {
        List<String> differences = new ArrayList<>();
        Map<String, ColumnDefinition> columns = moved(first, firstMapping);
        Map<String, ColumnDefinition> given = moved(other, otherMapping);
        TableName into = firstMapping.target();
        given.forEach((name, column) -> {
            ColumnDefinition taker = columns.get(name);
            if (taker == null) {
                differences.add(other.name() + " has a column " + name + ", which " + into + " does not have");
            } else if (!taker.castType().equals(column.castType()) || !TypeFit.holds(taker, column)) {
                differences.add(
                        other.name() + "." + name + " is " + column.type() + ", in " + into + " it is " + taker.type());
            }
        });
        columns.forEach((name, column) -> {
            if (given.containsKey(name) || added.contains(name)) {
                return;
            }
            if (column.notNull() && column.defaultExpression() == null) {
                differences.add(other.name() + " has no column " + name + ", which must not be null in " + into);
            } else if (streams) {
                differences.add(other.name() + " has no column " + name + ", which changes of " + into + " must have");
            }
        });
        return differences;
    }

    private static Map<String, ColumnDefinition> moved(TableDefinition table, TableMapping mapping) {
        Map<String, ColumnDefinition> columns = new TreeMap<>();
        table.writableColumns().stream()
                .filter(column -> mapping.moves(column.name()))
                .forEach(column -> columns.put(mapping.targetColumn(column.name()), column));
        return columns;
    }
}
