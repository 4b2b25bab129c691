package io.sluice.apply.consume;

import io.sluice.apply.consume.PendingChanges.Boundary;
import java.time.Clock;
import java.util.function.LongSupplier;

/** How far the target is behind, in milliseconds. The clocks of source, capture and this host need not agree. */
final class ApplyLag {

    private final LongSupplier source;
    private final Clock clock;

    /** @param source the source's clock */
    ApplyLag(LongSupplier source, Clock clock) {
        this.source = source;
        this.clock = clock;
    }

    /** Since the source wrote what was applied last. */
    long total(Boundary applied) {
        return Math.max(0, source.getAsLong() - applied.sourceMillis());
    }

    /** Since that came into the topic, by the clock of capture's host; it was at the source before. */
    long behindTopic(Boundary applied) {
        return Math.clamp(clock.millis() - applied.topicMillis(), 0, total(applied));
    }
}
