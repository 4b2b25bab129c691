package io.sluice.apply.position;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import org.jspecify.annotations.Nullable;

/**
 * How far the load of one table is. That there is one of these says that Sluice made the table.
 *
 * @param copied every row of the fence's snapshot is there, and no other
 * @param done copied, and keys and indexes are built
 * @param fence until the table is copied: of the snapshot under which its copy began; from then on: of the one that it equals.
 *     Null until its copy has begun
 * @param sourceFiles where the source kept the rows when the copy began; null until then
 * @param sourceShape what its columns meant then, as a hash; null until then
 * @param kept the table had rows of its own before, so it cannot be emptied
 */
public record TableLoad(
        TableName table,
        boolean copied,
        boolean done,
        @Nullable SnapshotFence fence,
        @Nullable String sourceFiles,
        @Nullable String sourceShape,
        boolean kept,
        long rows,
        long bytes) {}
