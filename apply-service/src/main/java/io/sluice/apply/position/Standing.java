package io.sluice.apply.position;

import io.sluice.contracts.change.Lsn;

/**
 * Where a task stands on its target.
 *
 * @param epoch of the claim under which this instance may write
 * @param topicOffset the next record of the change topic to apply
 * @param appliedLsn up to here the source's transactions are on the target
 */
public record Standing(long epoch, Stage stage, long topicOffset, Lsn appliedLsn) {

    /** How far a task has come on its target; stored by name. */
    public enum Stage {
        /** Tables are being made and filled. */
        LOADING,
        /** Every table is complete; changes may be applied. */
        LOADED,
        /** Stopped or cut over: nothing may be written for this task any more. */
        ENDED
    }
}
