package io.sluice.task.task;

/**
 * All tables of a task together.
 *
 * @param done complete ones
 * @param rowsEstimated of a complete table its rows, else the source's estimate, or what was copied where that is more
 * @param sourceBytes what they take at the source
 * @param sourceBytesDone of these, what is copied by now
 */
public record TableTotals(
        int tables,
        int done,
        long rows,
        long rowsEstimated,
        long bytes,
        long sourceBytes,
        long sourceBytesDone,
        long rowsPerSecond,
        long bytesPerSecond) {}
