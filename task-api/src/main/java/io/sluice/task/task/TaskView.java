package io.sluice.task.task;

import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.contracts.task.Transform;
import io.sluice.task.endpoint.EndpointInput;
import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A task as it comes back to users: what was asked for, with defaults filled in and without any secret, and where it is.
 * The fields of the specification are those of {@link TaskInput}, so that an answer can be changed and sent again.
 *
 * @param version of what was asked for; the ETag
 * @param startAt when a delayed start begins; null when none is planned
 * @param resetting a reset is being carried out; the state changes when it is done
 * @param error why it is in a failed state; null otherwise
 * @param retrying the error that is being retried; null when there is none
 */
@Schema(name = "Task")
record TaskView(
        String id,
        String name,
        String description,
        String project,
        Map<String, String> tags,
        SyncMode mode,
        EndpointInput.View source,
        EndpointInput.View target,
        Objects objects,
        StructureChoice structure,
        ChangeChoice changes,
        List<Transform> transforms,
        FullLoad fullLoad,
        ChangeLimits incremental,
        RetryWindows retry,
        Alerts alerts,
        int autoStopDays,
        TaskState state,
        long version,
        long generation,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant startedAt,
        @Nullable Instant startAt,
        boolean resetting,
        @Nullable TaskError error,
        @Nullable Retry retrying) {

    static TaskView of(TaskRow row) {
        TaskSpec spec = row.taskSpec();
        TaskStatus status = row.status();
        return new TaskView(
                row.id,
                row.name,
                row.description,
                row.project,
                new TreeMap<>(row.tags),
                spec.mode(),
                EndpointInput.View.of(spec.source(), null),
                EndpointInput.View.of(spec.target(), spec.dialect()),
                new Objects(spec.choices(), spec.exclude()),
                spec.structure(),
                spec.changes(),
                spec.transforms(),
                FullLoad.of(spec),
                spec.changeLimits(),
                spec.retry(),
                new Alerts(spec.alertTopic(), spec.lagThresholdSeconds()),
                row.autoStopDays,
                status.state(),
                row.version,
                status.generation(),
                row.createdAt,
                row.updatedAt,
                row.startedAt,
                row.startAt,
                status.resetting(),
                status.error(),
                status.retrying());
    }

    @Schema(name = "TaskObjects")
    record Objects(List<TableChoice> include, List<TablePattern> exclude) {}

    @Schema(name = "TaskFullLoad")
    record FullLoad(
            int workers,
            @Nullable Long maxRowsPerSecond,
            @Nullable Long maxBytesPerSecond,
            @Nullable Long maxQueriesPerSecond,
            List<LoadLimits.Window> windows) {

        static FullLoad of(TaskSpec spec) {
            LoadLimits limits = spec.loadLimits();
            return new FullLoad(
                    spec.loadWorkers(),
                    limits.maxRowsPerSecond(),
                    limits.maxBytesPerSecond(),
                    limits.maxQueriesPerSecond(),
                    limits.windows());
        }
    }

    @Schema(name = "TaskAlerts")
    record Alerts(@Nullable String topic, @Nullable Integer lagThresholdSeconds) {}
}
