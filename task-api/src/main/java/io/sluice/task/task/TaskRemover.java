package io.sluice.task.task;

import io.sluice.contracts.Topics;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import io.sluice.task.life.TaskStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Deletes a task: the services remove what they have of it, then the task itself goes, with its credentials. A service
 * that does not answer in time does not hold the deletion up; what it leaves is named.
 */
@ApplicationScoped
class TaskRemover {

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final String UNANSWERED = "the service did not answer in time";

    private final TaskService tasks;
    private final Duration patience;

    TaskRemover(TaskService tasks, DeletionConfig config) {
        this.tasks = tasks;
        this.patience = config.patience();
    }

    /** @return what could not be removed; empty when the task never had anything to remove */
    Optional<List<Leftover>> delete(String id) throws InterruptedException {
        Optional<TaskService.Ordered> ordered = tasks.orderDeletion(id);
        if (ordered.isEmpty()) {
            return Optional.empty();
        }
        TaskSpec spec = ordered.get().spec();
        TaskStatus status = ordered.get().status();
        long deadline = System.nanoTime() + patience.toNanos();
        while (!status.ended(spec.mode().streams()) && System.nanoTime() < deadline) {
            Thread.sleep(PAUSE);
            Optional<TaskStatus> newest = tasks.findStatus(id);
            if (newest.isEmpty()) {
                break;
            }
            status = newest.get();
        }
        tasks.finishDeletion(id);
        List<Leftover> leftovers = new ArrayList<>(status.leftovers());
        leftovers.addAll(unanswered(id, spec, status));
        return Optional.of(leftovers);
    }

    private static List<Leftover> unanswered(String id, TaskSpec spec, TaskStatus status) {
        List<Leftover> leftovers = new ArrayList<>();
        if (spec.mode().streams() && status.captureEnded() == null) {
            leftovers.add(new Leftover(
                    "replication slot " + Topics.slot(id) + " on the source",
                    UNANSWERED,
                    "SELECT pg_drop_replication_slot(" + Identifier.literal(Topics.slot(id)) + ")"));
            leftovers.add(new Leftover(
                    "publication " + Topics.publication(id) + " on the source",
                    UNANSWERED,
                    "DROP PUBLICATION " + Identifier.quote(Topics.publication(id))));
            leftovers.add(new Leftover("Kafka topic " + Topics.changes(id), UNANSWERED, null));
        }
        if (status.applyEnded() == null) {
            leftovers.add(new Leftover(
                    "bookkeeping on the target",
                    UNANSWERED,
                    "DELETE FROM _sluice.task WHERE task_id = " + Identifier.literal(id)));
        }
        return leftovers;
    }
}
