package io.sluice.task.cutover;

import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.TaskStatus;
import java.util.List;

/** What a cutover asks of the stored tasks; within the caller's transaction. */
public interface CutoverTasks {

    /**
     * The task, locked against other commands and reports.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}
     */
    Subject lockForCutover(String id);

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    Subject loadForCutover(String id);

    /** @throws io.sluice.contracts.error.SluiceException {@code TABLE_LOADING} when a table is not in step with the others */
    void requireInStep(String id);

    /** Gives the services the errands of the task as they are now; what runs goes on. */
    void repeatOrder(String id);

    /** Tells the history what a user asked for. */
    void noteUserAction(String id, String what);

    /** The target is fenced: what is left is to end the task. */
    void cutOver(String id);

    /** A task to cut over. */
    record Subject(TaskStatus status, String project, TaskSpec spec, List<TableName> tables) {}
}
