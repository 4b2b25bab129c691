package io.sluice.task.task;

import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
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
 *
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
        Structure structure,
        Changes changes,
        FullLoad fullLoad,
        RetryWindows retry,
        Alerts alerts,
        TaskState state,
        long generation,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant startedAt,
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
                new Objects(spec.include(), spec.exclude()),
                Structure.DEFAULT,
                Changes.DEFAULT,
                new FullLoad(spec.loadWorkers()),
                spec.retry(),
                new Alerts(spec.alertTopic()),
                status.state(),
                status.generation(),
                row.createdAt,
                row.updatedAt,
                row.startedAt,
                status.error(),
                status.retrying());
    }

    @Schema(name = "TaskObjects")
    record Objects(List<TablePattern> include, List<TablePattern> exclude) {}

    @Schema(name = "TaskStructure")
    record Structure(boolean enabled, String existingTable, String nameCase) {
        static final Structure DEFAULT = new Structure(true, "FAIL", "SOURCE");
    }

    @Schema(name = "TaskChanges")
    record Changes(List<String> operations, String conflict, int lanes) {
        static final Changes DEFAULT = new Changes(List.of("INSERT", "UPDATE", "DELETE", "TRUNCATE"), "OVERWRITE", 1);
    }

    @Schema(name = "TaskFullLoad")
    record FullLoad(int workers) {}

    @Schema(name = "TaskAlerts")
    record Alerts(@Nullable String topic) {}
}
