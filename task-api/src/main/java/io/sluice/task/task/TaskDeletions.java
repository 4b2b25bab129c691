package io.sluice.task.task;

import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.Optional;

/** Deletions, from the order to the end of the task; each method is one transaction. */
@ApplicationScoped
@Transactional
class TaskDeletions {

    private final TaskRepository tasks;
    private final TaskJournal journal;

    TaskDeletions(TaskRepository tasks, TaskJournal journal) {
        this.tasks = tasks;
        this.journal = journal;
    }

    /**
     * Removes a task that the services know nothing of, or orders the services to remove what they have of it.
     *
     * @return what to wait for; empty when the task is gone
     */
    Optional<Ordered> orderDeletion(String id) {
        TaskRow row = tasks.lock(id);
        if (row.status().deleting()) {
            return Optional.of(new Ordered(row.taskSpec(), row.status()));
        }
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.DELETE);
        // A reset task may have left something behind that the services could not reach then.
        if (row.generation == 0) {
            remove(row);
            return Optional.empty();
        }
        journal.write(row, outcome);
        return Optional.of(new Ordered(row.taskSpec(), row.status()));
    }

    /** Empty when the deletion is finished. */
    Optional<TaskStatus> findStatus(String id) {
        return tasks.findByIdOptional(id).map(TaskRow::status);
    }

    /** @return the task as it was at its end; empty when somebody else has finished the deletion */
    Optional<Ordered> finishDeletion(String id) {
        return tasks.findLocked(id).filter(row -> row.status().deleting()).map(row -> {
            Ordered last = new Ordered(row.taskSpec(), row.status());
            remove(row);
            return last;
        });
    }

    private void remove(TaskRow row) {
        journal.writeDeleted(row);
        tasks.delete(row);
    }

    /** A deletion that the services were told of. */
    record Ordered(TaskSpec spec, TaskStatus status) {}
}
