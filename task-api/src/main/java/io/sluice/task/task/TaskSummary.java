package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.contracts.task.SyncMode;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A task in a list: who it is and where it is; what was asked for is told by the task itself.
 *
 * @param version of what was asked for; the ETag
 * @param startAt when a delayed start begins; null when none is planned
 */
@Schema(name = "TaskSummary")
record TaskSummary(
        String id,
        String name,
        String description,
        String project,
        Map<String, String> tags,
        SyncMode mode,
        @JsonUnwrapped StateView where,
        long version,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant startedAt,
        @Nullable Instant startAt) {

    /** Without a look at the row's spec. */
    static TaskSummary of(TaskRow row) {
        return new TaskSummary(
                row.id,
                row.name,
                row.description,
                row.project,
                new TreeMap<>(row.tags),
                row.mode,
                StateView.of(row.status()),
                row.version,
                row.createdAt,
                row.updatedAt,
                row.startedAt,
                row.startAt);
    }
}
