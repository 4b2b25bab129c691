package io.sluice.capture.publish;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which offset the next record must get when nobody else writes to the topic: the one after the last, and one more after
 * each commit, whose marker takes a place. A record that somebody has put in between is so noticed with the next one of
 * ours, at the latest with the next heartbeat; and so is a topic that was deleted and made again. Kafka may write a marker
 * twice, as when a broker is restarted, so what is in between is looked at. Thread-safe; the lock is this object.
 */
final class OwnOffsets {

    private static final long UNKNOWN = -1;

    private final ChangeTopic topic;
    private long next = UNKNOWN;
    private long behindLast = UNKNOWN;
    private final List<Gap> gaps = new ArrayList<>();
    private @Nullable SluiceException broken;

    /** Offsets that records of ours have not got. */
    private record Gap(long from, long to) {}

    OwnOffsets(ChangeTopic topic) {
        this.topic = topic;
    }

    /** @param offset that the next record of ours is to get */
    synchronized void continueAt(long offset) {
        next = offset;
        behindLast = offset;
    }

    /** @param offset negative when the broker does not say, as after a record that was sent twice */
    synchronized void written(long offset) {
        if (offset >= 0 && next != UNKNOWN && offset != next) {
            if (offset < next) {
                broken = broken == null ? madeAnew(offset) : broken;
            } else {
                // Also what came before the marker of a commit, which has the place that was the next one then.
                gaps.add(new Gap(behindLast, offset));
            }
        }
        next = offset < 0 ? UNKNOWN : offset + 1;
        behindLast = next;
    }

    /** The marker of a commit came after the last record. */
    synchronized void committed() {
        if (next != UNKNOWN) {
            next++;
        }
    }

    /**
     * To be called after a commit.
     *
     * @throws SluiceException {@code CHANGE_UNREADABLE} or {@code CHANGES_LOST}
     */
    void requireSound() {
        List<Gap> looked;
        synchronized (this) {
            if (broken != null) {
                throw broken;
            }
            looked = List.copyOf(gaps);
            gaps.clear();
        }
        looked.forEach(gap -> topic.requireNone(gap.from(), gap.to()));
    }

    static SluiceException foreign(String topic, long offset, String why) {
        return new SluiceException(
                ErrorCode.CHANGE_UNREADABLE,
                "Offset " + offset + " of the topic " + topic + " was written by somebody else: " + why
                        + ". It may have been applied. Keep others from writing to the topic (ACLs), then resume the task"
                        + " with {\"reload\": [\"*\"]}, which makes the topic anew.");
    }

    private SluiceException madeAnew(long offset) {
        return new SluiceException(
                ErrorCode.CHANGES_LOST,
                "The change topic " + topic.name()
                        + " was deleted and made again, or has lost records: the next one was to be at"
                        + " offset " + next + ", and got " + offset
                        + ". Changes may not have been applied. Resume the task with {\"reload\": [\"*\"]}.");
    }
}
