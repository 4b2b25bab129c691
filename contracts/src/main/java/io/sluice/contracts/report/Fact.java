package io.sluice.contracts.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
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
    @JsonSubTypes.Type(value = Fact.CapturePosition.class, name = "CapturePosition"),
    @JsonSubTypes.Type(value = Fact.ApplyPosition.class, name = "ApplyPosition"),
    @JsonSubTypes.Type(value = Fact.Retrying.class, name = "Retrying"),
    @JsonSubTypes.Type(value = Fact.Recovered.class, name = "Recovered"),
    @JsonSubTypes.Type(value = Fact.Failed.class, name = "Failed"),
    @JsonSubTypes.Type(value = Fact.Ended.class, name = "Ended"),
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
     */
    record TableProgress(TableName table, TableState state, long rowsEstimated, long rows, long bytes) {}

    /** The life of one table in the load. */
    enum TableState {
        WAITING,
        LOADING,
        INDEXING,
        DONE
    }

    /**
     * Where capture is; about once a second while it runs.
     *
     * @param sourceLsn the end of the source's WAL
     * @param capturedLsn up to here everything is in the change topic, committed
     * @param lagMillis from the commit at the source to the commit on Kafka, of the newest record
     * @param retainedBytes WAL that the source keeps for the slot
     * @param walStatus as in {@code pg_replication_slots}
     * @param retentionMillis how long the change topic keeps records; -1 for ever
     */
    record CapturePosition(
            String sourceLsn,
            String capturedLsn,
            long lagMillis,
            long retainedBytes,
            String walStatus,
            long retentionMillis)
            implements Fact {}

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
}
