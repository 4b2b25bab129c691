package io.sluice.contracts.event;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a task that alerts are judged by. A figure is null until the service that knows it has reported.
 *
 * @param retryingSince since when an error has been retried without a break; null when none is
 * @param lagMillis from the commit at the source to the commit on the target; grows while apply is silent
 * @param lagThresholdSeconds from when on the user calls it too much; null when lag is nothing to tell of
 * @param walRetainedBytes WAL that the source keeps for the task's slot
 * @param walLimitBytes how much it would keep at most, its {@code max_slot_wal_keep_size}; null when there is no limit
 * @param walStatus as in {@code pg_replication_slots}
 * @param suspended tables whose changes are passed over, sorted, at most ten of them
 * @param suspendedSince since when the first of all suspended tables has been; null when none is
 */
public record Vitals(
        @Nullable Instant retryingSince,
        @Nullable Long lagMillis,
        @Nullable Integer lagThresholdSeconds,
        @Nullable Long walRetainedBytes,
        @Nullable Long walLimitBytes,
        @Nullable String walStatus,
        List<String> suspended,
        @Nullable Instant suspendedSince) {

    public Vitals {
        suspended = List.copyOf(Objects.requireNonNullElse(suspended, List.of()));
    }

    /** No table is suspended. */
    public Vitals(
            @Nullable Instant retryingSince,
            @Nullable Long lagMillis,
            @Nullable Integer lagThresholdSeconds,
            @Nullable Long walRetainedBytes,
            @Nullable Long walLimitBytes,
            @Nullable String walStatus) {
        this(
                retryingSince,
                lagMillis,
                lagThresholdSeconds,
                walRetainedBytes,
                walLimitBytes,
                walStatus,
                List.of(),
                null);
    }
}
