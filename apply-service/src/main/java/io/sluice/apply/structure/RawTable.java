package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table of the source with everything that CREATE TABLE says, under the source's names. */
record RawTable(
        Ref ref,
        TableName name,
        boolean partitioned,
        boolean unlogged,
        @Nullable String partitionKey,
        @Nullable String bound,
        List<TableName> parents,
        List<Long> parentOids,
        boolean hasChildren,
        @Nullable String ofType,
        List<String> options,
        @Nullable String accessMethod,
        String replicaIdentity,
        @Nullable String identityIndex,
        @Nullable String clusterIndex,
        List<RawColumn> columns,
        List<Check> checks) {

    /**
     * A column.
     *
     * @param column of one that has parents: what is different from theirs
     * @param own false for one that a parent brings
     * @param defaultDropped a parent has a default, and this one has none
     */
    record RawColumn(Column column, boolean own, boolean defaultDropped) {}

    /**
     * A check, or a NOT NULL that is not valid or is not inherited.
     *
     * @param own false for one that a parent brings
     * @param definition as {@code pg_get_constraintdef} writes it
     * @param functions it calls a function that is not built in
     */
    record Check(
            Ref ref,
            String name,
            String definition,
            boolean own,
            boolean valid,
            boolean functions,
            List<String> columns) {}

    /** Those that parents bring, when something of them is different here. */
    List<Column> changedColumns() {
        return columns.stream()
                .filter(column -> !column.own())
                .map(RawColumn::column)
                .filter(column -> column.notNull()
                        || column.storage() != null
                        || column.compression() != null
                        || column.statistics() != null
                        || !column.options().isEmpty())
                .toList();
    }

    boolean partition() {
        return bound != null;
    }

    boolean inHierarchy() {
        return partitioned || !parents.isEmpty() || hasChildren;
    }

    RawTable with(List<RawColumn> allColumns, List<Check> allChecks) {
        return new RawTable(
                ref,
                name,
                partitioned,
                unlogged,
                partitionKey,
                bound,
                parents,
                parentOids,
                hasChildren,
                ofType,
                options,
                accessMethod,
                replicaIdentity,
                identityIndex,
                clusterIndex,
                allColumns,
                allChecks);
    }
}
