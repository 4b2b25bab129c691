package io.sluice.capture;

import io.sluice.capture.publish.PublishListener.Committed;
import io.sluice.contracts.change.Lsn;
import java.time.Clock;

/**
 * How far behind the source the change topic is. Time is the source's: the difference between its clock and ours is taken
 * with every look. While a heartbeat is on its way for longer than the newest record took, its age counts, so a reader that
 * stands still is seen. Thread-safe; the lock is this object.
 */
final class CaptureLag {

    private final Clock clock;
    private long clockDifference;
    private long newestLag;
    private long oldestBeat;
    private Lsn captured;

    CaptureLag(Clock clock, Lsn captured) {
        this.clock = clock;
        this.captured = captured;
    }

    /** The source's clock was read between two readings of ours; the newest look counts. */
    synchronized void looked(long sourceMillis, long beforeMillis, long afterMillis) {
        clockDifference = sourceMillis - (beforeMillis + afterMillis) / 2;
    }

    /** A heartbeat was left at the source. */
    synchronized void beat(long sourceMillis) {
        // Unless the source's clock was set back since: the beat would be waited for until that is made good.
        if (oldestBeat == 0 || sourceMillis < oldestBeat) {
            oldestBeat = sourceMillis;
        }
    }

    synchronized void committed(Committed committed) {
        newestLag = Math.max(0, sourceNow() - committed.newestSourceMillis());
        if (committed.newestSourceMillis() >= oldestBeat) {
            oldestBeat = 0;
        }
        if (committed.safe() != null) {
            captured = committed.safe();
        }
    }

    /** Milliseconds from the commit at the source to the commit on Kafka. */
    synchronized long millis() {
        return oldestBeat == 0 ? newestLag : Math.max(newestLag, sourceNow() - oldestBeat);
    }

    /** Up to here everything is in the change topic, committed. */
    synchronized Lsn captured() {
        return captured;
    }

    private long sourceNow() {
        return clock.millis() + clockDifference;
    }
}
