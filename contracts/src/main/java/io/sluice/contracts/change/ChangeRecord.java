package io.sluice.contracts.change;

import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One record of a change topic. */
public sealed interface ChangeRecord {

    ChangePosition position();

    /**
     * One row changed.
     *
     * @param key the columns that identify a row: those of the replica identity's index, else of the primary key
     * @param before for DELETE, and for UPDATE when the identity changed or is FULL; at least the key columns
     * @param after for INSERT and UPDATE; without the TOAST values that did not change
     * @param commitMillis when the source committed, Unix epoch milliseconds
     */
    record RowChange(
            Operation operation,
            TableName table,
            List<String> key,
            ChangePosition position,
            @Nullable Row before,
            @Nullable Row after,
            long commitMillis)
            implements ChangeRecord {}

    /** A table was emptied. */
    record Truncate(TableName table, ChangePosition position, long commitMillis) implements ChangeRecord {}

    /**
     * The transaction is complete: every change of it came before this record.
     *
     * @param endLsn the end of its commit record; what the source may forget
     */
    record TransactionEnd(ChangePosition position, Lsn endLsn, long commitMillis) implements ChangeRecord {}

    /**
     * Nothing changed, but the source is alive and everything up to here was captured.
     *
     * @param sourceMillis the source's clock when it was written
     */
    record Heartbeat(ChangePosition position, long sourceMillis) implements ChangeRecord {}
}
