package io.sluice.capture.publish;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.jspecify.annotations.Nullable;

/**
 * Lets through what comes after the last record of the topic. The server sends whole transactions again from the confirmed
 * position on, so at first some, or a part of one, are there already. Not thread-safe.
 */
final class PositionFilter {

    private final ChangePosition onTopic;
    private ChangePosition passed;
    private boolean joined;

    /** @param onTopic of the last record; null for an empty topic */
    PositionFilter(@Nullable ChangePosition onTopic) {
        this.onTopic = onTopic == null ? ChangePosition.START : onTopic;
        this.passed = this.onTopic;
    }

    /**
     * @return false for what is on the topic already
     * @throws SluiceException {@code INTERNAL} when the stream goes back behind what has passed: then the order that
     *     readers rely on would be broken
     */
    boolean passes(ChangePosition position) {
        if (position.isAfter(passed)) {
            passed = position;
            joined = true;
            return true;
        }
        if (joined) {
            throw new SluiceException(
                    ErrorCode.INTERNAL,
                    "the stream went back from " + passed + " to " + position + "; it is read again");
        }
        return false;
    }
}
