package io.sluice.task.snapshot;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as users see it.
 *
 * @param number within the task, from 1
 * @param topic that has its records
 * @param snapshotId of the newest attempt, as its records have it
 * @param tables that were asked for; empty for all of the task's
 * @param tablesRead to their ends
 * @param rows that were read
 * @param code why it could not be taken, or while it is RUNNING, why it is tried again
 */
@Schema(name = "Snapshot")
@JsonInclude(JsonInclude.Include.NON_NULL)
record SnapshotView(
        int number,
        SnapshotState state,
        String topic,
        @Nullable String snapshotId,
        List<String> tables,
        int tablesRead,
        long rows,
        Instant requestedAt,
        String requestedBy,
        @Nullable Instant endedAt,
        @Nullable ErrorCode code,
        @Nullable String detail) {

    static SnapshotView of(SnapshotRow row) {
        return new SnapshotView(
                row.number,
                row.state,
                Topics.snapshots(row.taskId),
                row.snapshotId,
                row.tableList().stream().map(TableName::toString).toList(),
                row.tablesRead,
                row.rows,
                row.requestedAt,
                row.requestedBy,
                row.endedAt,
                row.errorCode,
                row.errorDetail);
    }
}
