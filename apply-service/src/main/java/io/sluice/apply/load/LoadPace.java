package io.sluice.apply.load;

import io.sluice.contracts.task.LoadLimits;
import io.sluice.placement.RunContext;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a task's load, all workers together, within its limits. The limits are read from the task's newest order each time, so a
 * change counts at once. Thread-safe.
 */
final class LoadPace {

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    /** Whoever waits for longer leaves its slot to others. */
    private static final double LONG_SECONDS = 1;

    private final RunContext context;
    private final Clock clock;
    private final LongSupplier nanos;
    private final TokenBucket rows;
    private final TokenBucket bytes;
    private final TokenBucket queries;

    LoadPace(RunContext context, Clock clock) {
        this(context, clock, System::nanoTime);
    }

    LoadPace(RunContext context, Clock clock, LongSupplier nanos) {
        this.context = context;
        this.clock = clock;
        this.nanos = nanos;
        long now = nanos.getAsLong();
        this.rows = new TokenBucket(now);
        this.bytes = new TokenBucket(now);
        this.queries = new TokenBucket(now);
    }

    /** Waits until the source may be asked once more, or the worker must end. */
    void query(HeldSlot slot) {
        synchronized (this) {
            queries.take(1, limits().maxQueriesPerSecond(), nanos.getAsLong());
        }
        await(slot);
    }

    /** Waits until it is time for more, or the worker must end. */
    void passed(long moreRows, long moreBytes, HeldSlot slot) {
        synchronized (this) {
            LoadLimits limits = limits();
            long now = nanos.getAsLong();
            rows.take(moreRows, limits.maxRowsPerSecond(), now);
            bytes.take(moreBytes, bytesPerSecond(limits), now);
        }
        await(slot);
    }

    /** The limit that holds now. */
    double bytesPerSecond() {
        Long limit = bytesPerSecond(limits());
        return limit == null ? Double.POSITIVE_INFINITY : (double) limit;
    }

    private void await(HeldSlot slot) {
        double seconds = secondsOwed();
        while (seconds > 0 && !slot.over()) {
            if (seconds > LONG_SECONDS) {
                slot.giveBack();
            }
            long millis = (long) Math.ceil(Math.min(seconds * 1_000, (double) LOOK_AGAIN.toMillis()));
            if (context.pause(Duration.ofMillis(Math.max(1, millis)))) {
                return;
            }
            seconds = secondsOwed();
        }
        slot.take();
    }

    private synchronized double secondsOwed() {
        LoadLimits limits = limits();
        long now = nanos.getAsLong();
        return Math.max(
                rows.secondsOwed(limits.maxRowsPerSecond(), now),
                Math.max(
                        bytes.secondsOwed(bytesPerSecond(limits), now),
                        queries.secondsOwed(limits.maxQueriesPerSecond(), now)));
    }

    private LoadLimits limits() {
        return context.order().spec().loadLimits();
    }

    /** In a window its own limit counts, else the general one. */
    private @Nullable Long bytesPerSecond(LoadLimits limits) {
        LocalTime time = LocalTime.ofInstant(clock.instant(), ZoneOffset.UTC);
        for (LoadLimits.Window window : limits.windows()) {
            if (holds(window, time)) {
                return window.maxBytesPerSecond();
            }
        }
        return limits.maxBytesPerSecond();
    }

    private static boolean holds(LoadLimits.Window window, LocalTime time) {
        boolean begun = !time.isBefore(window.from());
        boolean over = !time.isBefore(window.to());
        return window.from().isBefore(window.to()) ? begun && !over : begun || !over;
    }
}
