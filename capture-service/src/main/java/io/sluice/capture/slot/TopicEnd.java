package io.sluice.capture.slot;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.SluiceException;
import org.jspecify.annotations.Nullable;

/**
 * How the change topic ends, as {@link SlotCheck} needs it.
 *
 * @param untouched no record was ever written to it, not even one that is gone again
 * @param single the last record is also the first that was ever committed
 * @param last position of the last record; null when there is none
 * @param captured the source may have been told that everything before this is safe, and nothing after; null when there
 *     is no record
 * @param next the offset that the next record gets when nobody else writes
 * @param doubt why the last record is not one of capture's; null when it may be
 */
public record TopicEnd(
        boolean untouched,
        boolean single,
        @Nullable ChangePosition last,
        @Nullable Lsn captured,
        long next,
        @Nullable SluiceException doubt) {}
