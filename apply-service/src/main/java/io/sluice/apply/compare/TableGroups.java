package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which tables of the source go into which of the target, and what both are like now. */
final class TableGroups {

    private TableGroups() {}

    /**
     * By the tables of the target. One is compared with all that goes into it, whichever of them was asked for.
     *
     * @param chosen tables of the source; empty for all of the task's
     */
    static SortedMap<TableName, List<TableMapping>> of(TaskOrder order, Collection<TableName> chosen) {
        Collection<TableMapping> all =
                TableMapping.all(order.spec(), order.tables()).values();
        Set<TableName> targets = all.stream()
                .filter(mapping -> chosen.isEmpty() || chosen.contains(mapping.source()))
                .map(TableMapping::target)
                .collect(Collectors.toSet());
        return all.stream()
                .filter(mapping -> targets.contains(mapping.target()))
                .collect(Collectors.groupingBy(TableMapping::target, TreeMap::new, Collectors.toList()));
    }

    static List<TableName> sources(List<TableMapping> mappings) {
        return mappings.stream().map(TableMapping::source).toList();
    }

    static ComparedTable read(List<TableMapping> mappings, DatabaseSession source, DatabaseSession target) {
        ComparedTable table = ComparedTable.of(
                        mappings,
                        definitions(source, sources(mappings)),
                        definitions(target, List.of(mappings.getFirst().target())),
                        canSlice(source),
                        canSlice(target))
                .sized(relation -> sized(relation, source), relation -> sized(relation, target));
        return RowHash.floatsDiffer(source.connection(), target.connection()) ? table.inAllDigits() : table;
    }

    private static Relation sized(Relation relation, DatabaseSession session) {
        return relation.cut() != Relation.Cut.PARTITIONS
                ? relation
                : session.inTransaction(
                        "reading the partitions of table " + relation.name(),
                        connection -> relation.of(Partitions.read(connection, relation.name())));
    }

    /** The same within a transaction on the target, for its columns only. */
    static ComparedTable columns(List<TableMapping> mappings, DatabaseSession source, Connection target)
            throws SQLException {
        ComparedTable table = ComparedTable.of(
                mappings,
                definitions(source, sources(mappings)),
                new Catalog(target).findTables(List.of(mappings.getFirst().target())),
                false,
                false);
        return RowHash.floatsDiffer(source.connection(), target) ? table.inAllDigits() : table;
    }

    private static Map<TableName, TableDefinition> definitions(DatabaseSession session, List<TableName> names) {
        return session.inTransaction(
                "reading table definitions", connection -> new Catalog(connection).findTables(names));
    }

    /** Ranges of pages are read as such from PostgreSQL 14 on; before, each would read the whole table. */
    private static boolean canSlice(DatabaseSession session) {
        try {
            return session.connection().getMetaData().getDatabaseMajorVersion() >= 14;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking for the version");
        }
    }
}
