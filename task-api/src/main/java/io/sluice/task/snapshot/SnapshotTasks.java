package io.sluice.task.snapshot;

import io.sluice.contracts.task.TableName;
import io.sluice.task.life.TaskStatus;
import java.util.List;

/** What snapshots ask of the stored tasks; within the caller's transaction. */
public interface SnapshotTasks {

    /**
     * The task, locked against other commands and reports.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}
     */
    Subject lockForSnapshot(String id);

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    void requireTask(String id);

    /** @throws io.sluice.contracts.error.SluiceException {@code TABLE_LOADING} when a table is not in step with the others */
    void requireInStep(String id);

    /** Gives the services the errands of the task as they are now; what runs goes on. */
    void repeatOrder(String id);

    /** Tells the history what a user asked for. */
    void noteUserAction(String id, String what);

    /** A task whose tables are to be read. */
    record Subject(TaskStatus status, List<TableName> tables) {}
}
