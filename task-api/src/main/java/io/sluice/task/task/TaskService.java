package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.exceptions.ExceptionTasks;
import io.sluice.task.life.Commands;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.objects.SourceTasks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.util.List;

/** Tasks as users read and command them; each method is one transaction. */
@ApplicationScoped
@Transactional
class TaskService implements SourceTasks, ExceptionTasks {

    private final TaskRepository tasks;
    private final TaskJournal journal;
    private final TaskHistory history;
    private final OpenErrands errands;
    private final Clock clock;

    TaskService(TaskRepository tasks, TaskJournal journal, TaskHistory history, OpenErrands errands, Clock clock) {
        this.tasks = tasks;
        this.journal = journal;
        this.history = history;
        this.errands = errands;
        this.clock = clock;
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    TaskView load(String id) {
        return TaskView.of(tasks.load(id));
    }

    Page<TaskSummary> list(TaskRepository.Filter filter, PageRequest request) {
        return Page.of(request, tasks.page(filter, request), row -> row.id).map(TaskSummary::of);
    }

    Page<TaskHistory.Item> events(String id, PageRequest request) {
        tasks.load(id);
        return history.page(id, request);
    }

    @Override
    public TaskSpec loadSpec(String id) {
        return tasks.load(id).taskSpec();
    }

    @Override
    public TaskSpec loadSpec(String id, TaskAction action) {
        TaskRow row = tasks.load(id);
        Commands.carryOut(row.status(), action);
        return row.taskSpec();
    }

    @Override
    public void noteUserAction(String id, String what) {
        tasks.findLocked(id).ifPresent(row -> journal.write(row, Commands.note(row.status(), what)));
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} */
    TaskView carryOut(String id, TaskAction action) {
        return carryOut(tasks.lock(id), action);
    }

    /**
     * A reset that is being carried out may be asked for again, with the same wish: what becomes of the target's tables may
     * have been done already. Once it has come to an end that left something behind, the newest wish counts.
     *
     * @param dropTargetData also the tables that Sluice made on the target
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}
     */
    TaskView reset(String id, boolean dropTargetData) {
        TaskRow row = tasks.lock(id);
        TaskAction.RESET.requireAllowedIn(row.state);
        if (dropTargetData) {
            requireOwnTables(row.taskSpec());
        }
        TaskStatus status = row.status();
        boolean going = status.resetting() && !status.ended(row.mode.streams());
        if (going && row.reloadAll) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "All tables of the task are being prepared to be loaded again. Wait until it is STARTING or has an"
                            + " error.");
        }
        if (going && row.dropTargetData != dropTargetData) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is being reset with dropTargetData " + row.dropTargetData
                            + ". Ask for the same, or wait until it is in CONFIGURATION or has an error.");
        }
        row.dropTargetData = dropTargetData;
        row.reloadAll = false;
        return carryOut(row, TaskAction.RESET);
    }

    /** A table that was there before must never be dropped. */
    private static void requireOwnTables(TaskSpec spec) {
        StructureChoice structure = spec.structure();
        if (!spec.mode().loads()
                || !structure.enabled()
                || structure.existingTable() != StructureChoice.ExistingTable.FAIL) {
            String message = "is possible only where every table was made by Sluice: with a load, structure.enabled and"
                    + " structure.existingTable FAIL. Drop the tables by hand.";
            throw new SluiceException(
                    "dropTargetData " + message,
                    List.of(new Violation("dropTargetData", ErrorCode.VALIDATION_FAILED, message)));
        }
    }

    private TaskView carryOut(TaskRow row, TaskAction action) {
        if (action != TaskAction.FORCE_STOP && action != TaskAction.RESUME) {
            errands.requireNoCutover(row.id);
        }
        journal.write(row, Commands.carryOut(row.status(), action));
        if (row.state == TaskState.PENDING_START) {
            row.startAt = clock.instant();
        }
        return TaskView.of(row);
    }
}
