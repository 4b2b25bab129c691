package io.sluice.capture.engine;

/**
 * Whether records come so densely that waiting a moment for more of them costs nobody anything, and saves the reader a system call and
 * a handover for every few records. Plain state, not thread-safe; times are {@link System#nanoTime}.
 */
final class Density {

    /** As the publisher sees it: where records come more slowly there is no backlog. */
    private static final long DENSE_NANOS_PER_RECORD = 50_000;

    private static final long SPAN_NANOS = 5_000_000;

    private long since;
    private long records;
    private boolean dense;

    Density(long now) {
        since = now;
    }

    void add(int count, long now) {
        records += count;
        long span = now - since;
        if (span >= SPAN_NANOS) {
            dense = span <= records * DENSE_NANOS_PER_RECORD;
            since = now;
            records = 0;
        }
    }

    /** What came before a pause says nothing of what comes after it. */
    boolean isDense(long now) {
        return dense && now - since < 2 * SPAN_NANOS;
    }
}
