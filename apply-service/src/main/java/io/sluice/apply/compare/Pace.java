package io.sluice.apply.compare;

import io.sluice.placement.RunContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is read again to the rows per second that were asked for. A statement is not slowed down: after it nothing is
 * read for as long as its rows should have taken. Not thread-safe.
 */
final class Pace {

    private static final double SECOND = 1e9;

    private final @Nullable Long maxRowsPerSecond;
    private final RunContext context;

    /** As {@link System#nanoTime}. */
    private long next = System.nanoTime();

    Pace(@Nullable Long maxRowsPerSecond, RunContext context) {
        this.maxRowsPerSecond = maxRowsPerSecond;
        this.context = context;
    }

    /** Waits until more may be read. Returns true when the run must end. */
    boolean await() {
        long left = next - System.nanoTime();
        return left > 0 ? context.pause(Duration.ofNanos(left)) : context.stopping();
    }

    /**
     * Tells that rows were read of one side, or of each of both at the same time.
     *
     * @param began when reading began, as {@link System#nanoTime}
     */
    void read(long rows, long began) {
        if (maxRowsPerSecond != null) {
            next = began + (long) (SECOND * rows / maxRowsPerSecond);
        }
    }

    /** So many of some pieces as hold the rows of a second, and at least one. */
    int atOnce(int most, int pieces, long rows) {
        return maxRowsPerSecond == null || rows == 0
                ? most
                : (int) Math.clamp((double) maxRowsPerSecond * pieces / rows, 1, most);
    }
}
