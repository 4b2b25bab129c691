package io.sluice.apply.write;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A table of a source that is only thought of.
 *
 * @param key empty for a table without one
 * @param full REPLICA IDENTITY FULL
 * @param large the column whose value is not sent when it has not changed; null when there is none
 * @param fits what the mapping's filter says
 */
record ModelTable(
        TableMapping mapping,
        Columns columns,
        List<String> key,
        boolean full,
        @Nullable String large,
        Predicate<Row> fits,
        List<Row> rows) {

    TableName name() {
        return mapping.source();
    }

    /** The row whose key is that of the given one; null when there is none. */
    @Nullable
    Row withKeyOf(Row row) {
        return rows.stream()
                .filter(there -> key.stream().allMatch(name -> same(there.value(name), row.value(name))))
                .findFirst()
                .orElse(null);
    }

    static boolean same(@Nullable String one, @Nullable String other) {
        return java.util.Objects.equals(one, other);
    }

    RowChange insert(ChangePosition position, Row row) {
        rows.add(row);
        return new RowChange(Operation.INSERT, name(), key, position, null, row, 0);
    }

    RowChange delete(ChangePosition position, Row row) {
        rows.remove(row);
        return new RowChange(Operation.DELETE, name(), key, position, old(row), null, 0);
    }

    RowChange update(ChangePosition position, Row row, Row after) {
        rows.remove(row);
        rows.add(after);
        boolean keyChanged = key.stream().anyMatch(name -> !same(row.value(name), after.value(name)));
        boolean leftOut = large != null && !full && same(row.value(large), after.value(large));
        return new RowChange(
                Operation.UPDATE,
                name(),
                key,
                position,
                full || keyChanged ? old(row) : null,
                leftOut ? without(after) : after,
                0);
    }

    private Row old(Row row) {
        return full ? row : row(new Columns(key), row);
    }

    private Row without(Row row) {
        return row(
                new Columns(columns.names().stream()
                        .filter(name -> !name.equals(large))
                        .toList()),
                row);
    }

    private static Row row(Columns columns, Row from) {
        return new Row(columns, columns.names().stream().map(from::value).toArray(String[]::new));
    }

    /** The target's columns that this table fills. */
    Set<String> targetColumns() {
        Set<String> names = new LinkedHashSet<>();
        columns.names().stream().filter(mapping::moves).forEach(name -> names.add(mapping.targetColumn(name)));
        return names;
    }

    /** What the target has to hold of it, each row as {@link ModelSource#columns} writes it. */
    List<String> expected() {
        List<String> expected = new ArrayList<>();
        for (Row row : rows) {
            if (fits.test(row)) {
                expected.add(String.join(
                        "|",
                        columns.names().stream()
                                .filter(mapping::moves)
                                .map(name -> row.value(name) == null ? "null" : "'" + row.value(name))
                                .toList()));
            }
        }
        return expected;
    }
}
