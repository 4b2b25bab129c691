package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import jakarta.persistence.Basic;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.annotations.BatchSize;
import org.jspecify.annotations.Nullable;

/** A task as it is stored. */
@Entity
@Table(name = "task")
class TaskRow {

    @Id
    String id = "";

    String name = "";

    String description = "";

    String project = "";

    @ElementCollection
    @CollectionTable(name = "task_tag", joinColumns = @JoinColumn(name = "task_id"))
    @MapKeyColumn(name = "name")
    @Column(name = "value")
    @BatchSize(size = 200)
    Map<String, String> tags = new HashMap<>();

    /** Large, and not needed for lists and reports: read when it is asked for. */
    @Basic(fetch = FetchType.LAZY)
    String spec = "";

    /** As in the spec. */
    @Enumerated(EnumType.STRING)
    SyncMode mode = SyncMode.FULL_AND_INCREMENTAL;

    /** Of what the user asked for. */
    long version = 1;

    @Column(name = "auto_stop_days")
    int autoStopDays = TaskRules.AUTO_STOP_DAYS;

    @Enumerated(EnumType.STRING)
    TaskState state = TaskState.CONFIGURATION;

    @Enumerated(EnumType.STRING)
    @Column(name = "left_state")
    @Nullable
    TaskState left;

    long generation;

    @Enumerated(EnumType.STRING)
    @Nullable
    Phase phase;

    @Enumerated(EnumType.STRING)
    @Nullable
    Step step;

    @Enumerated(EnumType.STRING)
    @Column(name = "error_code")
    @Nullable
    ErrorCode errorCode;

    @Column(name = "error_detail")
    @Nullable
    String errorDetail;

    @Column(name = "error_at")
    @Nullable
    Instant errorAt;

    @Column(name = "capture_retry")
    @Nullable
    String captureRetry;

    @Column(name = "apply_retry")
    @Nullable
    String applyRetry;

    @Column(name = "capture_ended")
    @Nullable
    String captureEnded;

    @Column(name = "apply_ended")
    @Nullable
    String applyEnded;

    /** Objects of the structure that the target refused; written with the report of them. */
    @Column(name = "structure_failures", insertable = false, updatable = false)
    int structureFailures;

    @Column(name = "created_at")
    Instant createdAt = Instant.EPOCH;

    @Column(name = "updated_at")
    Instant updatedAt = Instant.EPOCH;

    @Column(name = "started_at")
    @Nullable
    Instant startedAt;

    /** While the state is PENDING_START. */
    @Column(name = "start_at")
    @Nullable
    Instant startAt;

    /** Until then one instance carries out the delayed start. */
    @Column(name = "start_claimed_until")
    @Nullable
    Instant startClaimedUntil;

    /** Since when it has been paused or failed without a break. */
    @Column(name = "idle_since")
    @Nullable
    Instant idleSince;

    /** When it was said that it will be stopped by itself; null when that was not said. */
    @Column(name = "auto_stop_warned_at")
    @Nullable
    Instant autoStopWarnedAt;

    /** The generation of the order by which the tables were changed last; 0 while they are those of the start. */
    long selection;

    /** The generation of the first order since the task was made or reset; 0 before that. */
    @Column(name = "start_generation")
    long startGeneration;

    /** Up to which renaming at the source spec and tables have the new names. */
    long renames;

    boolean resetting;

    /** While resetting: the tables that Sluice made on the target go, too. */
    @Column(name = "drop_target_data")
    boolean dropTargetData;

    /** While resetting: what the target has stays, and everything is loaded again as soon as the rest is removed. */
    @Column(name = "reload_all")
    boolean reloadAll;

    TaskSpec taskSpec() {
        return Json.read(spec, TaskSpec.class);
    }

    TaskStatus status() {
        TaskError error = errorCode == null || errorAt == null
                ? null
                : new TaskError(errorCode, String.valueOf(errorDetail), errorAt);
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                step,
                error,
                captureRetry == null ? null : Json.read(captureRetry, Retry.class),
                applyRetry == null ? null : Json.read(applyRetry, Retry.class),
                leftovers(captureEnded),
                leftovers(applyEnded),
                resetting);
    }

    /** @throws SluiceException {@code TASK_STATE} when this delayed start was taken back, or another one planned */
    void requirePlanned(Instant at) {
        if (state != TaskState.PENDING_START || !at.equals(startAt)) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The start that was planned for " + at + " was taken back.");
        }
    }

    /** When it is stopped by itself; null when it is neither paused nor failed. */
    @Nullable
    Instant autoStopAt() {
        return idleSince == null ? null : idleSince.plus(Duration.ofDays(autoStopDays));
    }

    void put(TaskSpec newSpec) {
        name = newSpec.name();
        mode = newSpec.mode();
        spec = Json.write(newSpec);
    }

    void take(TaskStatus status, Instant now) {
        state = status.state();
        if (state != TaskState.PENDING_START) {
            startAt = null;
            startClaimedUntil = null;
        }
        if (!state.idle()) {
            idleSince = null;
            autoStopWarnedAt = null;
        } else if (idleSince == null) {
            idleSince = now;
        }
        resetting = status.resetting();
        dropTargetData &= resetting;
        reloadAll &= resetting;
        left = status.left();
        generation = status.generation();
        phase = status.phase();
        step = status.step();
        TaskError error = status.error();
        errorCode = error == null ? null : error.code();
        errorDetail = error == null ? null : error.detail();
        errorAt = error == null ? null : error.at();
        captureRetry = json(status.captureRetry());
        applyRetry = json(status.applyRetry());
        captureEnded = status.captureEnded() == null ? null : json(new Leftovers(status.captureEnded()));
        applyEnded = status.applyEnded() == null ? null : json(new Leftovers(status.applyEnded()));
    }

    private static @Nullable List<Leftover> leftovers(@Nullable String json) {
        return json == null ? null : Json.read(json, Leftovers.class).items();
    }

    private static @Nullable String json(@Nullable Object value) {
        return value == null ? null : Json.write(value);
    }

    /** What a service could not remove, as stored. */
    record Leftovers(@JsonValue List<Leftover> items) {

        @JsonCreator
        Leftovers {
            items = List.copyOf(items);
        }
    }
}
