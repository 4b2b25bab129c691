package io.sluice.task.task;

import io.sluice.contracts.task.SyncMode;
import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A task in a list: who it is and where it is; what was asked for is told by the task itself. */
@Schema(name = "TaskSummary")
record TaskSummary(
        String id,
        String name,
        String description,
        String project,
        Map<String, String> tags,
        SyncMode mode,
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

    /** Without a look at the row's spec. */
    static TaskSummary of(TaskRow row) {
        TaskStatus status = row.status();
        return new TaskSummary(
                row.id,
                row.name,
                row.description,
                row.project,
                new TreeMap<>(row.tags),
                row.mode,
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
}
