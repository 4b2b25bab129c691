package io.sluice.task.compare;

import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.TaskStatus;
import java.util.List;

/** What comparisons ask of the stored tasks; within the caller's transaction. */
public interface ComparisonTasks {

    /**
     * The task, locked against other commands and reports.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}
     */
    Subject lockSubject(String id);

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    TaskSpec loadSpec(String id);

    /** Gives the services the errands of the task as they are now; what runs goes on. */
    void repeatOrder(String id);

    /** Tells the history what a user asked for. */
    void noteUserAction(String id, String what);

    /** Tells everybody how a comparison has ended. */
    void publish(String id, Comparison result, String detail);

    /**
     * A task to compare.
     *
     * @param tables fixed by its start; empty before
     */
    record Subject(TaskStatus status, List<TableName> tables) {}
}
