package io.sluice.capture.publish;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.jspecify.annotations.Nullable;

/**
 * Lets through what comes after the last record of the topic. The server sends whole transactions again from the confirmed
 * position on, so at first some, or a part of one, are there already. Where it must send the last one again, and does not,
 * it has another history than the one that was captured, and what has the same positions is something else: it was
 * restored. Not thread-safe.
 */
final class PositionFilter {

    private final ChangePosition onTopic;
    private ChangePosition passed;
    private boolean missing;
    private boolean joined;

    /**
     * @param onTopic of the last record; null for an empty topic
     * @param comesAgain the last record is not before the place from which the server sends
     */
    PositionFilter(@Nullable ChangePosition onTopic, boolean comesAgain) {
        this.onTopic = onTopic == null ? ChangePosition.START : onTopic;
        this.missing = comesAgain;
        this.passed = this.onTopic;
    }

    /**
     * @return false for what is on the topic already
     * @throws SluiceException {@code SLOT_LOST} when the last record should have come before this one; {@code INTERNAL}
     *     when the stream goes back behind what has passed: then the order that readers rely on would be broken
     */
    boolean passes(ChangePosition position) {
        if (position.isAfter(passed)) {
            requireNoneMissing();
            passed = position;
            joined = true;
            return true;
        }
        if (joined) {
            throw new SluiceException(
                    ErrorCode.INTERNAL,
                    "the stream went back from " + passed + " to " + position + "; it is read again");
        }
        if (position.equals(onTopic)) {
            missing = false;
        }
        return false;
    }

    private void requireNoneMissing() {
        if (missing) {
            throw new SluiceException(
                    ErrorCode.SLOT_LOST,
                    "The source lacks changes that were captured from it already: it was to send again what ends the"
                            + " change topic (xid " + onTopic.xid() + ", commit at " + onTopic.commitLsn()
                            + "), and has something else there. It was restored to an earlier state. The target may hold"
                            + " rows that the source has lost; reload the tables.");
        }
    }
}
