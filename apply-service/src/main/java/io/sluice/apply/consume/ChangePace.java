package io.sluice.apply.consume;

import io.sluice.apply.load.TokenBucket;
import io.sluice.contracts.task.ChangeLimits;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Keeps the changes of a task within its limits. These are asked for each time, so that a change of them counts at once.
 * Not thread-safe.
 */
final class ChangePace {

    private final Supplier<ChangeLimits> limits;
    private final LongSupplier nanos;
    private final TokenBucket rows;
    private final TokenBucket bytes;

    ChangePace(Supplier<ChangeLimits> limits, LongSupplier nanos) {
        this.limits = limits;
        this.nanos = nanos;
        this.rows = new TokenBucket(nanos.getAsLong());
        this.bytes = new TokenBucket(nanos.getAsLong());
    }

    /** These were written. */
    void passed(long moreRows, long moreBytes) {
        ChangeLimits now = limits.get();
        rows.take(moreRows, now.maxRowsPerSecond(), nanos.getAsLong());
        bytes.take(moreBytes, now.maxBytesPerSecond(), nanos.getAsLong());
    }

    /** How long nothing may be written; 0 when something may. */
    double secondsOwed() {
        ChangeLimits now = limits.get();
        return Math.max(
                rows.secondsOwed(now.maxRowsPerSecond(), nanos.getAsLong()),
                bytes.secondsOwed(now.maxBytesPerSecond(), nanos.getAsLong()));
    }

    /** So much is a second's worth that it should not be held back for more. */
    boolean isASecondsWorth(long someRows, long someBytes) {
        ChangeLimits now = limits.get();
        return now.maxRowsPerSecond() != null && someRows >= now.maxRowsPerSecond()
                || now.maxBytesPerSecond() != null && someBytes >= now.maxBytesPerSecond();
    }
}
