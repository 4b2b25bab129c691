package io.sluice.apply.position;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import org.jspecify.annotations.Nullable;

/**
 * How far the load of one table is. That there is one of these says that Sluice made the table.
 *
 * @param fence of the snapshot under which the table was copied; null until its copy has begun
 */
public record TableLoad(
        TableName table, boolean done, @Nullable SnapshotFence fence, long rows, long bytes) {}
