package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
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

    String spec = "";

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

    @Column(name = "created_at")
    Instant createdAt = Instant.EPOCH;

    @Column(name = "updated_at")
    Instant updatedAt = Instant.EPOCH;

    @Column(name = "started_at")
    @Nullable
    Instant startedAt;

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
                leftovers(applyEnded));
    }

    void take(TaskStatus status) {
        state = status.state();
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
