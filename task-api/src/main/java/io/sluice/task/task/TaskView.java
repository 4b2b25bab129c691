package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.contracts.task.Transform;
import io.sluice.task.endpoint.EndpointInput;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A task as it comes back to users: what was asked for, with defaults filled in and without any secret, and where it is.
 * The fields of the specification are those of {@link TaskInput}, so that an answer can be changed and sent again.
 *
 * @param structureFailures how many objects the target refused, which the progress names
 */
@Schema(name = "Task")
record TaskView(
        @JsonUnwrapped TaskSummary summary,
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
        int structureFailures) {

    static TaskView of(TaskRow row) {
        TaskSpec spec = row.taskSpec();
        return new TaskView(
                TaskSummary.of(row),
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
                row.structureFailures);
    }

    /** The ETag. */
    long version() {
        return summary.version();
    }

    String project() {
        return summary.project();
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
