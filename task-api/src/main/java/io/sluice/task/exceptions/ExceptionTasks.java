package io.sluice.task.exceptions;

import io.sluice.contracts.task.TaskSpec;

/** What reading exceptions asks of the stored tasks. */
public interface ExceptionTasks {

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    TaskSpec loadSpec(String id);
}
