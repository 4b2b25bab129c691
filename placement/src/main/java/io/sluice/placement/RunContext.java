package io.sluice.placement;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;

/** What a run may ask of its surroundings. Thread-safe. */
public interface RunContext {

    /**
     * The newest order that this run carries out. A change of what can be taken over while the work goes on
     * ({@link io.sluice.contracts.task.TaskSpec#sameRun}: workers and limits) appears here without the run being ended.
     */
    TaskOrder order();

    /** Sends a fact to task-api; does not wait for Kafka. Positions may be dropped when Kafka is slow, others never. */
    void report(Fact fact);

    /** The work goes forward: ends a series of retries. Cheap; to be called with every step forward. */
    void progressed();

    /** Whether an error would end the task now: a retry cannot help, or the time is over in which its kind is retried. */
    boolean givesUp(ErrorCode code);

    /** True once the run must end. */
    boolean stopping();

    /** Waits, but not longer than until the run must end. Returns {@link #stopping()}. */
    boolean pause(Duration duration);

    /**
     * Runs an action when the run must end, for what blocks without looking at {@link #stopping()}; at once when that is
     * already so. Closing the handle forgets the action.
     */
    Handle onStop(Runnable action);

    /** Opens a credential of this task. */
    Secret open(SealedSecret sealed);

    /** Undoes {@link #onStop}. */
    interface Handle extends AutoCloseable {
        @Override
        void close();
    }
}
