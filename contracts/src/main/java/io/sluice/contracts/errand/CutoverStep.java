package io.sluice.contracts.errand;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of a cutover.
 *
 * @param startedAt null until it has begun
 * @param endedAt null until it has ended
 * @param detail for people to read: what it waits for, what it found; null when there is nothing to tell
 */
public record CutoverStep(
        Name name,
        State state,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String detail) {

    /** The steps, in their order. */
    public enum Name {
        /** The target is to catch up, while the source is in use. */
        WAIT_FOR_LAG,
        /** Nothing writes at the source any more. */
        SOURCE_QUIET,
        /** The target has everything that the source has. */
        APPLY_REST,
        /** Sequences and identities of the target are past those of the source. */
        SEQUENCES,
        COMPARE,
        /** From here on nothing is written to the target for the task, and the cutover cannot be aborted. */
        FENCE,
        /** Slot and publication are dropped, the task is completed. */
        COMPLETE
    }

    /** The life of a step. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        /** It was not asked for. */
        SKIPPED,
        FAILED
    }
}
