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
     * @param key the columns that identify a row: those of the replica identity's index, else of the primary key; empty
     *     when nothing less than the whole row does, and then {@code before} is the whole row
     * @param before for DELETE, and for UPDATE when the identity changed or is FULL; at least the key columns
     * @param after for INSERT and UPDATE; without the TOAST values that did not change
     * @param commitMillis when the source committed, Unix epoch milliseconds
     * @param described every column that the table has; null when the record does not say. It says so at least in the
     *     first change after the table was altered
     */
    record RowChange(
            Operation operation,
            TableName table,
            List<String> key,
            ChangePosition position,
            @Nullable Row before,
            @Nullable Row after,
            long commitMillis,
            @Nullable Columns described)
            implements ChangeRecord {

        public RowChange(
                Operation operation,
                TableName table,
                List<String> key,
                ChangePosition position,
                @Nullable Row before,
                @Nullable Row after,
                long commitMillis) {
            this(operation, table, key, position, before, after, commitMillis, null);
        }

        /** The same of a table that is called differently. */
        public RowChange of(TableName other) {
            return other.equals(table)
                    ? this
                    : new RowChange(operation, other, key, position, before, after, commitMillis, described);
        }
    }

    /**
     * A row changed, and no record can hold how: the table is not what the source's is from here on.
     *
     * @param bytes how large the change is, as the source sends it
     */
    record TooLarge(TableName table, ChangePosition position, long commitMillis, long bytes) implements ChangeRecord {

        /** Of the message in the envelope. */
        public static final String PREFIX = "sluice.too_large";

        /** The same of a table that is called differently. */
        public TooLarge of(TableName other) {
            return new TooLarge(other, position, commitMillis, bytes);
        }
    }

    /** A table was emptied. */
    record Truncate(TableName table, ChangePosition position, long commitMillis) implements ChangeRecord {}

    /**
     * A command has changed the structure of the source, at this place among the changes of its transaction.
     *
     * @param tag as in {@code ALTER TABLE}
     * @param statement what the client had sent, cut where it is long; not the command itself when a function ran that
     * @param objects what became of what
     * @param error why the source could not say what the command has changed; null when it could
     */
    record Ddl(
            ChangePosition position,
            long commitMillis,
            String tag,
            String statement,
            List<SourceObject> objects,
            @Nullable String error)
            implements ChangeRecord {

        public Ddl {
            objects = List.copyOf(objects);
        }

        public Ddl with(List<SourceObject> others) {
            return new Ddl(position, commitMillis, tag, statement, others, error);
        }
    }

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
     * @param aheadMillis by how much that clock was ahead of Sluice's then; negative when it was behind
     */
    record Heartbeat(ChangePosition position, long sourceMillis, long aheadMillis) implements ChangeRecord {}
}
