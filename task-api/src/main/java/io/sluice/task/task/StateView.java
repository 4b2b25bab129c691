package io.sluice.task.task;

import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Where a task is.
 *
 * @param resetting a reset is being carried out; the state changes when it is done
 * @param deleting a deletion is being carried out; the task goes when it is done, and has an error when it could not be
 * @param error why it is in a failed state, or could not be reset or deleted; null otherwise
 * @param retrying the error that is being retried; null when there is none
 */
@Schema(name = "LiveState")
public record StateView(
        TaskState state,
        long generation,
        boolean resetting,
        boolean deleting,
        @Nullable TaskError error,
        @Nullable Retry retrying) {

    public static StateView of(TaskStatus status) {
        return new StateView(
                status.state(),
                status.generation(),
                status.resetting(),
                status.deleting(),
                status.error(),
                status.retrying());
    }
}
