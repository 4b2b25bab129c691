package io.sluice.apply.load;

import java.time.Duration;

/**
 * How many pages the next piece of a table has. Pieces are measured in time: a hundredth of what the whole table takes,
 * since what is under way when something breaks is copied again, but long enough that a transaction's costs do not
 * show, and short enough that other limits and workers are heeded soon. Thread-safe.
 */
final class PieceSize {

    private static final double SHORTEST_SECONDS = 0.15;
    private static final double LONGEST_SECONDS = 4;
    private static final double PIECES = 100;
    private static final long FIRST = 256;
    private static final long FEWEST = 16;
    private static final long MOST = 131_072;
    private static final long PAGE_BYTES = 8_192;

    /** Of a table that takes no longer than a moment, so much is under way at most: a sixteenth, or 2 MB for each worker. */
    private static final long SHARES = 16;

    private double pagesPerSecond;

    /** A piece of this table took so long. */
    synchronized void took(long pages, Duration time) {
        double seconds = Math.max(time.toNanos(), 1_000) / 1e9;
        double rate = Math.max(pages, 1) / seconds;
        pagesPerSecond = pagesPerSecond == 0 ? rate : 0.7 * pagesPerSecond + 0.3 * rate;
    }

    /**
     * @param pages of the whole table
     * @param workers at least 1
     * @param bytesPerSecond that all workers together may copy
     */
    synchronized long next(long pages, int workers, double bytesPerSecond) {
        double allowed = bytesPerSecond / PAGE_BYTES / workers;
        if (pagesPerSecond == 0) {
            return Math.clamp((long) (allowed * SHORTEST_SECONDS), FEWEST, FIRST);
        }
        // What was measured before a limit began to bite says nothing.
        double rate = Math.min(pagesPerSecond, allowed);
        double whole = pages / (rate * workers);
        double seconds = Math.clamp(whole / PIECES, SHORTEST_SECONDS, LONGEST_SECONDS);
        long most = Math.clamp(pages / (SHARES * workers), FIRST, MOST);
        return Math.clamp((long) (rate * seconds), FEWEST, most);
    }
}
