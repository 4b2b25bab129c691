package io.sluice.postgres.catalog;

import io.sluice.contracts.task.TableName;
import java.util.List;

/**
 * A table as the catalog has it.
 *
 * @param rowsEstimated from the last ANALYZE or VACUUM; 0 when there was none; of a partitioned table, of its partitions
 * @param bytes the heap and its TOAST
 * @param columns in order, dropped ones left out
 * @param primaryKey its columns in key order; empty when there is none
 * @param identityColumns the columns that identify a row in the stream of changes: those of the replica identity's
 *     index, else of the primary key; empty when rows cannot be identified
 */
public record TableDefinition(
        TableName name,
        long oid,
        Kind kind,
        boolean unlogged,
        ReplicaIdentity replicaIdentity,
        long rowsEstimated,
        long bytes,
        long pages,
        List<ColumnDefinition> columns,
        List<String> primaryKey,
        List<String> identityColumns) {

    /** What kind of relation it is. */
    public enum Kind {
        TABLE,
        PARTITIONED,
        PARTITION,
        INHERITED,
        FOREIGN
    }

    /** {@code ALTER TABLE … REPLICA IDENTITY}. */
    public enum ReplicaIdentity {
        DEFAULT,
        NOTHING,
        FULL,
        INDEX
    }

    /** The columns that are copied and written. */
    public List<ColumnDefinition> writableColumns() {
        return columns.stream().filter(column -> !column.generated()).toList();
    }

    public TableDefinition withColumns(List<ColumnDefinition> others) {
        return new TableDefinition(
                name,
                oid,
                kind,
                unlogged,
                replicaIdentity,
                rowsEstimated,
                bytes,
                pages,
                others,
                primaryKey,
                identityColumns);
    }

    TableDefinition withRowsEstimated(long rows) {
        return new TableDefinition(
                name, oid, kind, unlogged, replicaIdentity, rows, bytes, pages, columns, primaryKey, identityColumns);
    }
}
