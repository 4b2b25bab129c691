package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.Topics;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.CleanUpSql;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.TaskDeletions.Ordered;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Deletes a task: the services remove what they have of it, then the task itself goes, with its credentials. A service
 * that does not answer in time does not hold the deletion up; what it leaves is named. A deletion whose instance died on
 * the way is finished by any other.
 */
@ApplicationScoped
class TaskRemover {

    private static final Logger LOG = Logger.getLogger(TaskRemover.class);
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Whoever waits for the services himself is done by then. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final String UNANSWERED = "the service did not answer in time";

    private final TaskDeletions tasks;
    private final DueTasks due;
    private final Clock clock;
    private final Duration patience;

    TaskRemover(TaskDeletions tasks, DueTasks due, Clock clock, DeletionConfig config) {
        this.tasks = tasks;
        this.due = due;
        this.clock = clock;
        this.patience = config.patience();
    }

    /**
     * @return what could not be removed; empty when the task never had anything to remove
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} also when another request has finished the
     *     deletion, {@code TASK_STATE}
     */
    Optional<List<Leftover>> delete(String id) throws InterruptedException {
        Optional<Ordered> ordered = tasks.orderDeletion(id);
        if (ordered.isEmpty()) {
            return Optional.empty();
        }
        boolean streams = ordered.get().spec().mode().streams();
        Optional<TaskStatus> status = Optional.of(ordered.get().status());
        long deadline = System.nanoTime() + patience.toNanos();
        while (status.isPresent() && !status.get().ended(streams) && System.nanoTime() < deadline) {
            Thread.sleep(PAUSE);
            status = tasks.findStatus(id);
        }
        return Optional.of(leftovers(id, tasks.finishDeletion(id).orElseThrow(() -> TaskRepository.notFound(id))));
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void finishInterrupted() {
        finishInterrupted(clock.instant());
    }

    void finishInterrupted(Instant now) {
        for (String id : due.listDeletions(now.minus(patience).minus(GRACE))) {
            tasks.finishDeletion(id).ifPresent(last -> {
                List<Leftover> leftovers = leftovers(id, last);
                LOG.warnf(
                        "The deletion of task %s, which was interrupted, is finished. Left behind: %s",
                        id,
                        leftovers.isEmpty()
                                ? "nothing"
                                : leftovers.stream()
                                        .map(one ->
                                                one.what() + " (" + one.reason() + "), remove it with: " + one.sql())
                                        .collect(Collectors.joining("; ")));
            });
        }
    }

    private static List<Leftover> leftovers(String id, Ordered last) {
        List<Leftover> leftovers = new ArrayList<>(last.status().leftovers());
        leftovers.addAll(unanswered(id, last.spec(), last.status()));
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
}
