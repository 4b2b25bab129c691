package io.sluice.contracts.task;

import org.jspecify.annotations.Nullable;

/**
 * Where a task that carries changes only begins, when that is not now.
 *
 * @param slot a logical replication slot of the source, of the plugin pgoutput; it is copied and stays as it is
 * @param publication one that is older than the slot's position and publishes every table of the task
 * @param lsn transactions that were committed before it are left out; null for where the slot is
 */
public record StartPoint(
        String slot, String publication, @Nullable String lsn) {}
