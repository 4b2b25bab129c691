package io.sluice.placement;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an error is tried again, and when. A series of errors starts with the first one after the last step
 * forward; the window of the newest error's kind counts from there, whatever is done to the system's clock. Not
 * thread-safe.
 */
final class RetryClock {

    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    /** What to do about an error. */
    sealed interface Verdict {

        /** Try again after a while. */
        record Again(Duration pause, Instant since, Instant until) implements Verdict {}

        /** The window is over, or a retry cannot help. */
        record GiveUp() implements Verdict {}
    }

    private final RetryWindows windows;
    private final LongSupplier nanos;
    private @Nullable Instant since;
    private long sinceNanos;
    private Duration wait = FIRST_WAIT;

    /** @param nanos time that only goes forward, as {@link System#nanoTime} */
    RetryClock(RetryWindows windows, LongSupplier nanos) {
        this.windows = windows;
        this.nanos = nanos;
    }

    /** @param now for what is shown */
    Verdict failed(ErrorCode code, Instant now) {
        if (code.retry() == ErrorCode.Retry.NEVER) {
            return new Verdict.GiveUp();
        }
        if (since == null) {
            since = now;
            sinceNanos = nanos.getAsLong();
            wait = FIRST_WAIT;
        }
        Duration left = left(code);
        if (!left.isPositive()) {
            return new Verdict.GiveUp();
        }
        Verdict.Again again = new Verdict.Again(wait, since, now.plus(left));
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : doubled;
        return again;
    }

    /** Whether an error of this kind would be given up now. */
    boolean over(ErrorCode code) {
        return code.retry() == ErrorCode.Retry.NEVER || !left(code).isPositive();
    }

    private Duration left(ErrorCode code) {
        int minutes = code.retry() == ErrorCode.Retry.CONNECTION ? windows.connectionMinutes() : windows.otherMinutes();
        long passed = since == null ? 0 : nanos.getAsLong() - sinceNanos;
        return Duration.ofMinutes(minutes).minusNanos(passed);
    }

    /** Returns true when this ended a series of errors. */
    boolean progressed() {
        boolean wasFailing = since != null;
        since = null;
        return wasFailing;
    }

    boolean failing() {
        return since != null;
    }
}
