package io.sluice.task.task;

import io.sluice.contracts.Topics;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.CleanUpSql;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Deletions, from the order to the end of the task; each method is one transaction. */
@ApplicationScoped
@Transactional
class TaskDeletions {

    private static final String UNANSWERED = "the service did not answer in time";

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
        if (row.status().deleting() && !row.status().deletionIncomplete()) {
            return Optional.of(new Ordered(row.mode.streams(), row.status()));
        }
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.DELETE);
        // A reset task may have left something behind that the services could not reach then.
        if (row.generation == 0) {
            remove(row);
            return Optional.empty();
        }
        journal.write(row, outcome);
        return Optional.of(new Ordered(row.mode.streams(), row.status()));
    }

    /** Empty when the deletion is finished. */
    Optional<TaskStatus> findStatus(String id) {
        return tasks.findByIdOptional(id).map(TaskRow::status);
    }

    /** @return what is left behind; empty when somebody else has finished the deletion */
    Optional<List<Leftover>> finishDeletion(String id) {
        return tasks.findLocked(id).filter(row -> row.status().deleting()).map(row -> {
            List<Leftover> leftovers = leftovers(row);
            remove(row);
            return leftovers;
        });
    }

    /**
     * Ends a deletion for which nobody waits. When something is left behind the task stays and tells it, until somebody
     * deletes it again.
     */
    void settleDeletion(String id, Instant now) {
        tasks.findLocked(id).filter(row -> row.status().deleting()).ifPresent(row -> {
            List<Leftover> leftovers = leftovers(row);
            if (leftovers.isEmpty()) {
                remove(row);
                return;
            }
            journal.write(row, Commands.leaveBehind(row.status(), leftovers, now));
            // There is nothing new to look at until something else is reported of it.
            row.updatedAt = now;
        });
    }

    private void remove(TaskRow row) {
        journal.writeDeleted(row);
        tasks.delete(row);
    }

    private static List<Leftover> leftovers(TaskRow row) {
        List<Leftover> leftovers = new ArrayList<>(row.status().leftovers());
        leftovers.addAll(unanswered(row.id, row.taskSpec(), row.status()));
        return leftovers;
    }

    private static List<Leftover> unanswered(String id, TaskSpec spec, TaskStatus status) {
        List<Leftover> leftovers = new ArrayList<>();
        if (spec.mode().streams() && status.captureEnded() == null) {
            String slot = Topics.slot(id);
            String publication = Topics.publication(id);
            leftovers.add(
                    new Leftover("replication slot " + slot + " on the source", UNANSWERED, CleanUpSql.dropSlot(slot)));
            leftovers.add(new Leftover(
                    "publication " + publication + " on the source",
                    UNANSWERED,
                    CleanUpSql.dropPublication(publication)));
            if (spec.changes().operations().contains(Operation.DDL)) {
                leftovers.add(new Leftover(
                        "event triggers " + slot + "_… on the source", UNANSWERED, CleanUpSql.removeDdlCapture(slot)));
            }
            leftovers.add(new Leftover("Kafka topic " + Topics.changes(id), UNANSWERED, null));
        }
        if (status.applyEnded() == null) {
            leftovers.add(new Leftover("bookkeeping on the target", UNANSWERED, CleanUpSql.forgetTask(id)));
        }
        return leftovers;
    }

    /**
     * A deletion that the services were told of.
     *
     * @param streams capture has work for it, too
     */
    record Ordered(boolean streams, TaskStatus status) {}
}
