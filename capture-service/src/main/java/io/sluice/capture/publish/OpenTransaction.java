package io.sluice.capture.publish;

import io.sluice.contracts.change.Lsn;
import org.jspecify.annotations.Nullable;

/** What the Kafka transaction that is open holds. Plain state, not thread-safe; times are {@link System#nanoTime}. */
final class OpenTransaction {

    /** Where records come more slowly than this there is no backlog, and nothing is gained by waiting for more of them. */
    private static final long BACKLOG_NANOS_PER_RECORD = 50_000;

    private static final long LEAST_AGE_NANOS = 5_000_000;

    /** So many times what a commit takes a transaction is filled before the next one, or commits would be all there is. */
    private static final int COMMITS = 2;

    private final PublishLimits limits;
    private long startedAt;
    private long leastAge = LEAST_AGE_NANOS;
    private int records;
    private int changes;
    private long bytes;
    private long newestSourceMillis;
    private @Nullable Lsn safe;

    OpenTransaction(PublishLimits limits) {
        this.limits = limits;
    }

    boolean isOpen() {
        return records > 0;
    }

    /**
     * @param size of key and value
     * @param safeLsn what the source may forget once this record is committed; null inside a transaction
     */
    void add(int size, boolean change, long sourceMillis, @Nullable Lsn safeLsn, long now) {
        if (records == 0) {
            startedAt = now;
        }
        records++;
        bytes += size;
        changes += change ? 1 : 0;
        newestSourceMillis = sourceMillis;
        if (safeLsn != null) {
            safe = safeLsn;
        }
    }

    boolean isDue(long now) {
        return isOpen()
                && (records >= limits.records()
                        || bytes >= limits.bytes()
                        || now - startedAt >= limits.age().toNanos()
                        || comesSlowly(now - startedAt));
    }

    private boolean comesSlowly(long age) {
        return age >= leastAge && age >= records * BACKLOG_NANOS_PER_RECORD;
    }

    /** The end of the newest source transaction that this Kafka transaction completes; null when it completes none. */
    @Nullable
    Lsn safe() {
        return safe;
    }

    int changes() {
        return changes;
    }

    long bytes() {
        return bytes;
    }

    long newestSourceMillis() {
        return newestSourceMillis;
    }

    /** @param commitNanos what its commit has taken */
    void clear(long commitNanos) {
        leastAge = Math.max(LEAST_AGE_NANOS, COMMITS * commitNanos);
        records = 0;
        changes = 0;
        bytes = 0;
        safe = null;
    }
}
