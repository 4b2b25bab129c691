package io.sluice.task.exceptions;

import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.TaskAction;

/** What reading exceptions asks of the stored tasks. */
public interface ExceptionTasks {

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    TaskSpec loadSpec(String id);

    /**
     * Of a task with a run that carries out what is asked for, now or once it is resumed.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}
     */
    TaskSpec loadSpec(String id, TaskAction action);

    /** A line for the history; nothing when the task is gone meanwhile. */
    void noteUserAction(String id, String what);
}
