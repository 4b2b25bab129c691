package io.sluice.task.precheck.check;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Whether the rows of a table of the source fit into a table that the target has already. */
record TableFit(TableDefinition source, TableMapping mapping, TableDefinition target) {

    /** In words; empty when every column has its like, and no other column asks for a value. */
    List<String> differences() {
        Map<String, ColumnDefinition> have = new LinkedHashMap<>();
        target.columns().forEach(column -> have.put(column.name(), column));
        List<String> differences = new ArrayList<>();
        WrittenColumns written = written();
        for (String column : written.added()) {
            if (have.remove(column) == null) {
                differences.add(column + ", which the transform writes, is missing");
            }
        }
        for (ColumnDefinition column : source.columns()) {
            if (mapping.moves(column.name())) {
                String name = mapping.targetColumn(column.name());
                ColumnDefinition other = have.remove(name);
                if (other == null) {
                    differences.add(name + " is missing");
                } else if (!other.type().equals(column.type())
                        && !written.replaced().contains(column.name())) {
                    differences.add(name + " is " + other.type() + " instead of " + column.type());
                } else if (other.generated() && !column.generated()) {
                    differences.add(name + " is generated and cannot be written");
                }
            }
        }
        have.values().stream()
                .filter(TableFit::asksForAValue)
                .forEach(column ->
                        differences.add(column.name() + " is only on the target, NOT NULL and without a default"));
        return differences;
    }

    /** Columns of the target that only the transform writes. */
    List<String> added() {
        return written().added();
    }

    private WrittenColumns written() {
        try {
            RowTransform transform = RowTransform.of(mapping);
            return transform == null ? WrittenColumns.NONE : WrittenColumns.of(transform, source);
        } catch (SluiceException e) {
            // The check of transforms says so.
            return WrittenColumns.NONE;
        }
    }

    /** All names and types are the same, on both sides. */
    List<String> exactDifferences() {
        List<String> differences = new ArrayList<>(differences());
        Set<String> known = new TreeSet<>();
        known.addAll(written().added());
        source.columns().stream()
                .filter(column -> mapping.moves(column.name()))
                .forEach(column -> known.add(mapping.targetColumn(column.name())));
        target.columns().stream()
                .filter(column -> !known.contains(column.name()) && !asksForAValue(column))
                .forEach(column -> differences.add(column.name() + " is only on the target"));
        return differences;
    }

    private static boolean asksForAValue(ColumnDefinition column) {
        return column.notNull()
                && column.defaultExpression() == null
                && column.identity() == Identity.NONE
                && !column.generated();
    }

    /** By which the source tells rows apart, in the target's names; empty when it does not. */
    Set<String> sourceKey() {
        List<String> key = source.identityColumns().isEmpty() ? source.primaryKey() : source.identityColumns();
        Set<String> named = new TreeSet<>();
        key.forEach(column -> named.add(mapping.targetColumn(column)));
        return named;
    }

    Set<String> targetKey() {
        return new TreeSet<>(target.primaryKey());
    }
}
