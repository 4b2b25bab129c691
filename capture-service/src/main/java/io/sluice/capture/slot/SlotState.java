package io.sluice.capture.slot;

import io.sluice.contracts.change.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code pg_replication_slots}.
 *
 * @param activePid the session that reads it; null when none does
 * @param walStatus reserved, extended, unreserved or lost; "unknown" before 13
 * @param invalidation why the server gave the slot up; null when it did not, or before 16
 * @param confirmed null while the slot is being made
 * @param catalogXmin 0 while there is none
 * @param retainedBytes WAL that the source keeps for the slot
 * @param retainableBytes its {@code max_slot_wal_keep_size}; null when there is no limit, and before 13
 */
record SlotState(
        @Nullable String plugin,
        @Nullable String database,
        @Nullable Integer activePid,
        String walStatus,
        @Nullable String invalidation,
        @Nullable Lsn confirmed,
        long catalogXmin,
        long retainedBytes,
        @Nullable Long retainableBytes) {}
