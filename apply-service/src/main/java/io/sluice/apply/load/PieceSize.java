package io.sluice.apply.load;

import java.time.Duration;

/**
 * How large the next piece of a table is, in bytes of the heap and its TOAST: a page of the heap may stand for gigabytes.
 * Pieces are measured in time: a hundredth of what the whole table takes, since what is under way when something breaks
 * is copied again, but long enough that a transaction's costs do not show, and short enough that other limits and
 * workers are heeded soon. Thread-safe.
 */
final class PieceSize {

    private static final double SHORTEST_SECONDS = 0.15;
    private static final double LONGEST_SECONDS = 4;
    private static final double PIECES = 100;
    private static final long FIRST = 2L << 20;
    private static final long LEAST = 128L << 10;
    private static final long MOST = 1L << 30;

    /** Of a table that takes no longer than a moment, so much is under way at most: a sixteenth, or 2 MB for each worker. */
    private static final long SHARES = 16;

    private double measuredPerSecond;

    /** A piece of this table took so long. */
    synchronized void took(long bytes, Duration time) {
        double seconds = Math.max(time.toNanos(), 1_000) / 1e9;
        double rate = Math.max(bytes, 1) / seconds;
        measuredPerSecond = measuredPerSecond == 0 ? rate : 0.7 * measuredPerSecond + 0.3 * rate;
    }

    /**
     * @param bytes of the whole table
     * @param workers at least 1
     * @param bytesPerSecond that all workers together may copy
     */
    synchronized long next(long bytes, int workers, double bytesPerSecond) {
        double allowed = bytesPerSecond / workers;
        if (measuredPerSecond == 0) {
            return Math.clamp((long) (allowed * SHORTEST_SECONDS), LEAST, FIRST);
        }
        // What was measured before a limit began to bite says nothing.
        double rate = Math.min(measuredPerSecond, allowed);
        double whole = bytes / (rate * workers);
        double seconds = Math.clamp(whole / PIECES, SHORTEST_SECONDS, LONGEST_SECONDS);
        long most = Math.clamp(bytes / (SHARES * workers), FIRST, MOST);
        return Math.clamp((long) (rate * seconds), LEAST, most);
    }
}
