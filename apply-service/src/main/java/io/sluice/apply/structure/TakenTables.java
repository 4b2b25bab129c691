package io.sluice.apply.structure;

import io.sluice.apply.position.UntouchedColumns;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.SharedTable;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TargetDialect;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Looks at the target before the task makes its first table there: what is there is refused, kept or emptied, and tables
 * that go into one must fit. Stateless.
 *
 * @param tables of the task, as the source has them
 * @param mappings of each of them
 * @param types that users of the source have made
 * @param creates the task makes tables that are not there
 */
record TakenTables(
        TaskOrder order,
        TargetDialect dialect,
        SortedMap<TableName, TableDefinition> tables,
        SortedMap<TableName, TableMapping> mappings,
        Names names,
        Map<String, UserType> types,
        boolean creates) {

    /**
     * In the caller's transaction.
     *
     * @param made tables of the source that are noted as the task's
     * @param known tables of the source into whose table the task came, as it was noted before
     * @return by table of the source, what is to be noted of those that are there
     */
    SortedMap<TableName, Entry> take(Connection target, Set<TableName> made, Set<TableName> known) throws SQLException {
        Map<TableName, TableName> firsts = new HashMap<>();
        mappings.values().forEach(mapping -> firsts.putIfAbsent(mapping.target(), mapping.source()));
        Map<TableName, TableName> open = new LinkedHashMap<>();
        firsts.forEach((name, source) -> {
            if (!made.contains(source)) {
                open.put(name, source);
            }
        });
        SortedMap<TableName, Entry> entries = new TreeMap<>();
        if (open.isEmpty()) {
            return entries;
        }
        Set<TableName> there = ExistingTables.find(target, open.keySet());
        if (!creates && there.size() < open.size()) {
            throw ExistingTables.missing(
                    open.keySet().stream().filter(name -> !there.contains(name)).toList());
        }
        requireOneShape(firsts, there, known);
        Map<TableName, TableDefinition> definitions = new Catalog(target).findTables(there);
        Map<TableName, Set<String>> untouched = new HashMap<>();
        open.keySet().forEach(name -> untouched.put(name, Set.of()));
        untouched.putAll(UntouchedColumns.of(mappings.values(), tables, definitions));
        new UntouchedColumns(order.taskId()).note(target, untouched);
        Collection<TableDefinition> written =
                sources(open.keySet()).values().stream().flatMap(List::stream).toList();
        if (there.isEmpty()) {
            ExistingTables.requireTypes(target, written, types, names);
            return entries;
        }
        ExistingTable existing = order.spec().structure().existingTable();
        if (creates && existing == ExistingTable.FAIL) {
            throw ExistingTables.notMade(there);
        }
        ExistingTables.requireFit(target, sources(there), names);
        ExistingTables.requireTypes(target, written, types, names);
        ExistingTables.requireSameColumns(
                mappings.values(), tables, definitions, order.spec().mode().streams());
        boolean empty = creates && existing == ExistingTable.TRUNCATE;
        if (empty) {
            try (Statement statement = target.createStatement()) {
                // All at once, since foreign keys between them would refuse one alone.
                statement.execute(dialect.truncateTogether(definitions.values()));
            }
        }
        for (TableName name : there) {
            TableName source = Objects.requireNonNull(open.get(name));
            entries.put(
                    source,
                    new Entry(
                            SourceObject.tableId(source),
                            ObjectKind.TABLE.name(),
                            source.toString(),
                            source,
                            Stage.BEFORE_DATA,
                            State.SKIPPED,
                            "",
                            null,
                            empty
                                    ? "It was on the target already and was emptied."
                                    : "It was on the target already and was kept.",
                            order.generation()));
        }
        return entries;
    }

    private Map<TableName, List<TableDefinition>> sources(Set<TableName> targets) {
        Map<TableName, List<TableDefinition>> sources = new TreeMap<>();
        mappings.values().stream()
                .filter(mapping -> targets.contains(mapping.target()))
                .forEach(mapping -> sources.computeIfAbsent(mapping.target(), name -> new ArrayList<>())
                        .add(definition(mapping.source())));
        return sources;
    }

    private TableDefinition definition(TableName source) {
        return Objects.requireNonNull(tables.get(source));
    }

    /** Tables that go into one must fit into what is made from the first of them. */
    private void requireOneShape(Map<TableName, TableName> firsts, Set<TableName> there, Set<TableName> known) {
        List<String> differences = new ArrayList<>();
        for (TableMapping mapping : mappings.values()) {
            TableName first = Objects.requireNonNull(firsts.get(mapping.target()));
            if (first.equals(mapping.source()) || known.contains(first) || there.contains(mapping.target())) {
                continue;
            }
            TableDefinition other = definition(mapping.source());
            RowTransform transform = RowTransform.of(mapping);
            differences.addAll(SharedTable.differences(
                    definition(first),
                    Objects.requireNonNull(mappings.get(first)),
                    other,
                    mapping,
                    transform == null
                            ? List.of()
                            : WrittenColumns.of(transform, other).added(),
                    order.spec().mode().streams()));
        }
        if (!differences.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_COLUMNS_DIFFER,
                    "Tables that go into one do not have the same columns: " + String.join("; ", differences)
                            + ". Rename or exclude columns, or map them to tables of their own.");
        }
    }
}
