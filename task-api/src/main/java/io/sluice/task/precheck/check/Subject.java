package io.sluice.task.precheck.check;

import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one check looks at.
 *
 * @param sourceConnection there when the check needs the source
 * @param targetConnection there when the check needs the target
 * @param tables the chosen tables as the source has them; empty before they are known
 * @param mappings what becomes of each of them
 * @param confirmed of tables that come to a task that runs: keys of the warnings that a user has read; null before a start,
 *     where they are confirmed afterwards
 */
record Subject(
        TaskSpec spec,
        @Nullable Connection sourceConnection,
        @Nullable Connection targetConnection,
        SortedMap<TableName, TableDefinition> tables,
        SortedMap<TableName, TableMapping> mappings,
        @Nullable Set<String> confirmed) {

    boolean streams() {
        return spec.mode().streams();
    }

    /** What becomes of a chosen table. */
    TableMapping mapping(TableName table) {
        return Objects.requireNonNull(mappings.get(table), "mapping");
    }

    /** The chosen tables' names on the target, each once. */
    SortedSet<TableName> targets() {
        return mappings.values().stream().map(TableMapping::target).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Sluice makes the tables that are not on the target. */
    boolean makesTables() {
        return makes(StructureChoice.Kind.TABLE);
    }

    boolean makes(StructureChoice.Kind kind) {
        StructureChoice structure = spec.structure();
        return spec.mode().loads()
                && structure.enabled()
                && (structure.kinds() == null || structure.kinds().contains(kind));
    }

    Query source() {
        return query(sourceConnection);
    }

    Query target() {
        return query(targetConnection);
    }

    private static Query query(@Nullable Connection connection) {
        if (connection == null) {
            throw new IllegalStateException("the check did not say that it needs this database");
        }
        return new Query(connection);
    }
}
