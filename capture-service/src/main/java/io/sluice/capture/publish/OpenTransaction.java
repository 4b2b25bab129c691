package io.sluice.capture.publish;

import io.sluice.contracts.change.Lsn;
import org.jspecify.annotations.Nullable;

/** What the Kafka transaction that is open holds. Plain state, not thread-safe; times are {@link System#nanoTime}. */
final class OpenTransaction {

    private final PublishLimits limits;
    private long startedAt;
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
                        || now - startedAt >= limits.age().toNanos());
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

    void clear() {
        records = 0;
        changes = 0;
        bytes = 0;
        safe = null;
    }
}
