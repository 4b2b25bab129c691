package io.sluice.contracts.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a service can report. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Fact.StepReached.class, name = "StepReached"),
    @JsonSubTypes.Type(value = Fact.LoadProgress.class, name = "LoadProgress"),
    @JsonSubTypes.Type(value = Fact.StructureProgress.class, name = "StructureProgress"),
    @JsonSubTypes.Type(value = Fact.CapturePosition.class, name = "CapturePosition"),
    @JsonSubTypes.Type(value = Fact.ApplyPosition.class, name = "ApplyPosition"),
    @JsonSubTypes.Type(value = Fact.Retrying.class, name = "Retrying"),
    @JsonSubTypes.Type(value = Fact.Recovered.class, name = "Recovered"),
    @JsonSubTypes.Type(value = Fact.Failed.class, name = "Failed"),
    @JsonSubTypes.Type(value = Fact.Ended.class, name = "Ended"),
    @JsonSubTypes.Type(value = Fact.ComparisonProgress.class, name = "ComparisonProgress"),
    @JsonSubTypes.Type(value = Fact.ObjectsCompared.class, name = "ObjectsCompared"),
    @JsonSubTypes.Type(value = Fact.ComparisonEnded.class, name = "ComparisonEnded"),
    @JsonSubTypes.Type(value = Fact.CutoverProgress.class, name = "CutoverProgress"),
    @JsonSubTypes.Type(value = Fact.RepairProgress.class, name = "RepairProgress"),
    @JsonSubTypes.Type(value = Fact.SnapshotProgress.class, name = "SnapshotProgress"),
    @JsonSubTypes.Type(value = Fact.TablesRenamed.class, name = "TablesRenamed"),
})
public sealed interface Fact {

    /** A step of the work was reached; sent again after each restart of the service. */
    record StepReached(Step step) implements Fact {}

    /** Steps in the order in which they are reached. */
    enum Step {
        /** capture: slot and publication exist, changes flow to the change topic. */
        CAPTURING,
        /** apply: creating schemas, types, sequences, tables. */
        STRUCTURE,
        /** apply: copying rows. */
        LOADING,
        /** apply: the load is complete; in mode FULL nothing is left to do. */
        LOADED,
        /** apply: changes are applied. */
        APPLYING
    }

    /** How far the load of some tables is; tables that are not named have not changed. At most 500 tables. */
    record LoadProgress(List<TableProgress> tables) implements Fact {}

    /**
     * @param rowsEstimated the source's estimate, from its statistics
     * @param bytes as they went over the wire
     * @param sourceBytes what the table takes at the source
     * @param percent 0-100; 100 only when the table is complete
     * @param rowsPerSecond of the last seconds; 0 when no rows are being copied
     * @param bytesPerSecond as they go over the wire
     * @param error what failed, where and why; null unless the state is FAILED or SUSPENDED
     * @param waitingFor what keeps a table that is WAITING, and by whom; null when nothing does but its turn
     * @param suspension of a table that is SUSPENDED; else null
     */
    record TableProgress(
            TableName table,
            TableState state,
            long rowsEstimated,
            long rows,
            long bytes,
            long sourceBytes,
            int percent,
            long rowsPerSecond,
            long bytesPerSecond,
            @Nullable String error,
            @Nullable String waitingFor,
            @Nullable Suspension suspension) {

        /** Not suspended. */
        public TableProgress(
                TableName table,
                TableState state,
                long rowsEstimated,
                long rows,
                long bytes,
                long sourceBytes,
                int percent,
                long rowsPerSecond,
                long bytesPerSecond,
                @Nullable String error,
                @Nullable String waitingFor) {
            this(
                    table,
                    state,
                    rowsEstimated,
                    rows,
                    bytes,
                    sourceBytes,
                    percent,
                    rowsPerSecond,
                    bytesPerSecond,
                    error,
                    waitingFor,
                    null);
        }

        /** Nothing is known of it but its state and counts. */
        public TableProgress(TableName table, TableState state, long rowsEstimated, long rows, long bytes) {
            this(table, state, rowsEstimated, rows, bytes, 0, state == TableState.DONE ? 100 : 0, 0, 0, null, null);
        }
    }

    /** The life of one table in the load. */
    enum TableState {
        WAITING,
        LOADING,
        INDEXING,
        /** Its rows are there; the changes since then are applied beside those of the other tables. */
        CATCHING_UP,
        DONE,
        /** Nothing more is done for it until the task is tried again. */
        FAILED,
        /** Its changes are passed over since an error of the table, until a user has it go on or loaded anew. */
        SUSPENDED
    }

    /**
     * Why the changes of a table are passed over.
     *
     * @param detail what is wrong and what to do
     * @param statement the command of the source that was not carried over; null when it was none
     * @param commitLsn up to here the source's transactions have all of their changes of the table on the target; of a
     *     command or change that is named, where it was committed
     * @param exception the number of the exception by which the table goes on
     */
    record Suspension(
            ErrorCode code,
            String detail,
            @Nullable String statement,
            String commitLsn,
            long xid,
            long order,
            Instant since,
            long exception) {}

    /**
     * How far the structure is: all of it, each time.
     *
     * @param problems what failed, then what was left out; at most 100, long definitions cut
     * @param problemCount of all of them
     */
    record StructureProgress(List<KindProgress> kinds, List<StructureProblem> problems, int problemCount)
            implements Fact {

        public StructureProgress {
            kinds = List.copyOf(kinds);
            problems = List.copyOf(problems);
        }
    }

    /**
     * How far the objects of one kind are.
     *
     * @param kind as in {@code FOREIGN_KEY}
     * @param total done, failed, left out and still to be made
     * @param skipped left out on purpose
     */
    record KindProgress(String kind, int total, int done, int failed, int skipped) {}

    /**
     * An object that is not on the target as it is at the source.
     *
     * @param failed false: it was left out on purpose
     * @param sqlState what the target answered; null when it was not asked
     */
    record StructureProblem(
            String kind,
            String name,
            boolean failed,
            String reason,
            @Nullable String sqlState,
            String ddl) {}

    /**
     * Where capture is; about once a second while it runs.
     *
     * @param sourceLsn the end of the source's WAL
     * @param capturedLsn up to here everything is in the change topic, committed
     * @param lagMillis from the commit at the source to the commit on Kafka, of the newest record
     * @param retainedBytes WAL that the source keeps for the slot
     * @param walStatus as in {@code pg_replication_slots}
     * @param retentionMillis how long the change topic keeps records; -1 for ever
     * @param retainableBytes how much WAL the source would keep for the slot at most; null when there is no limit, or the
     *     source does not know of one
     */
    record CapturePosition(
            String sourceLsn,
            String capturedLsn,
            long lagMillis,
            long retainedBytes,
            String walStatus,
            long retentionMillis,
            @Nullable Long retainableBytes)
            implements Fact {

        public CapturePosition(
                String sourceLsn,
                String capturedLsn,
                long lagMillis,
                long retainedBytes,
                String walStatus,
                long retentionMillis) {
            this(sourceLsn, capturedLsn, lagMillis, retainedBytes, walStatus, retentionMillis, null);
        }
    }

    /**
     * Where apply is; about once a second while it applies changes.
     *
     * @param appliedLsn up to here everything is committed on the target
     * @param lagMillis from the commit on Kafka to the commit on the target, of the newest record
     * @param totalMillis from the commit at the source to the commit on the target, of the newest record
     */
    record ApplyPosition(String appliedLsn, long lagMillis, long totalMillis) implements Fact {}

    /** An error is being retried. */
    record Retrying(ErrorCode code, String detail, Instant since, Instant until) implements Fact {}

    /** The error that was retried is gone. */
    record Recovered() implements Fact {}

    /** The service has given the task up; the user must act, then resume. */
    record Failed(ErrorCode code, String detail) implements Fact {}

    /** An order to STOP or DELETE is carried out, as far as it could be. */
    record Ended(List<Leftover> leftovers) implements Fact {}

    /**
     * Something that could not be removed.
     *
     * @param what as in {@code replication slot sluice_…}
     * @param sql what removes it by hand; null where no SQL can
     */
    record Leftover(String what, String reason, @Nullable String sql) {}

    /** How far some tables of a comparison are; those that are not named have not changed. At most 200 tables. */
    record ComparisonProgress(int number, List<TableComparison> tables) implements Fact {}

    /**
     * Some of the differences that a comparison of objects found. At most 100.
     *
     * @param from the place of the first of them among all that are reported
     * @param objects how many objects of the source were compared
     * @param total how many differences there are, which may be more than are reported; without what is lagging
     */
    record ObjectsCompared(int number, int from, long objects, long total, List<ObjectDifference> differences)
            implements Fact {}

    /**
     * A comparison has ended; each table says how.
     *
     * @param code why nothing could be compared; null otherwise
     */
    record ComparisonEnded(
            int number, @Nullable ErrorCode code, @Nullable String detail) implements Fact {}

    /**
     * How far the repair of rows that a comparison found is: all of it, each time.
     *
     * @param ended nothing more is done
     * @param code why it could not go on; null otherwise
     */
    record RepairProgress(
            int number,
            List<TableRepair> tables,
            boolean ended,
            @Nullable ErrorCode code,
            @Nullable String detail) implements Fact {

        public RepairProgress {
            tables = List.copyOf(tables);
        }
    }

    /**
     * How far a snapshot for subscribers is: all of it, each time.
     *
     * @param id of the attempt, as its records have it; null before the first
     * @param tables that are read to their end
     * @param rows of this attempt
     * @param ended nothing more is done
     * @param code why it could not be taken, or is tried again; null otherwise
     */
    record SnapshotProgress(
            int number,
            @Nullable String id,
            int tables,
            long rows,
            boolean ended,
            @Nullable ErrorCode code,
            @Nullable String detail)
            implements Fact {}

    /**
     * The source has given tables of the task other names, and the target has them, too. Sent again until an order has them:
     * apply goes no further before.
     *
     * @param renamings in their order
     */
    record TablesRenamed(List<Renaming> renamings) implements Fact {

        public TablesRenamed {
            renamings = List.copyOf(renamings);
        }
    }

    /** @param number as in {@link io.sluice.contracts.change.SourceObject#rename} */
    record Renaming(long number, TableName from, TableName to) {}

    /** Where a cutover is. */
    record CutoverProgress(int number, CutoverState state, List<CutoverStep> steps) implements Fact {}

    /** Where a cutover is as a whole. */
    enum CutoverState {
        RUNNING,
        /** Undone, and the task goes on as before. */
        ABORTED,
        /** A step has failed, and what was done is undone; the task goes on as before. */
        FAILED,
        /** Nothing can be written to the target for the task any more. */
        FENCED
    }
}
