package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.TaskDeletions.Ordered;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Deletes a task: the services remove what they have of it, then the task itself goes, with its credentials. A service
 * that does not answer in time does not hold the deletion up; what it leaves is named. A deletion whose instance died on
 * the way is finished by any other. Where nobody is there to be told of what is left, the task stays to tell it.
 */
@ApplicationScoped
class TaskRemover {

    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Whoever waits for the services himself is done by then. */
    private static final Duration GRACE = Duration.ofSeconds(5);

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
     * @param callerGone whether nobody is there any more to read the answer
     * @return what could not be removed; empty when the task never had anything to remove
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} also when another request has finished the
     *     deletion, {@code TASK_STATE}
     */
    Optional<List<Leftover>> delete(String id, BooleanSupplier callerGone) throws InterruptedException {
        Optional<Ordered> ordered = tasks.orderDeletion(id);
        if (ordered.isEmpty()) {
            return Optional.empty();
        }
        boolean streams = ordered.get().streams();
        Optional<TaskStatus> status = Optional.of(ordered.get().status());
        long deadline = System.nanoTime() + patience.toNanos();
        while (status.isPresent() && !status.get().ended(streams) && System.nanoTime() < deadline) {
            Thread.sleep(PAUSE);
            status = tasks.findStatus(id);
        }
        if (callerGone.getAsBoolean()) {
            tasks.settleDeletion(id, clock.instant());
            return Optional.empty();
        }
        return Optional.of(tasks.finishDeletion(id).orElseThrow(() -> TaskRepository.notFound(id)));
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void finishInterrupted() {
        finishInterrupted(clock.instant());
    }

    void finishInterrupted(Instant now) {
        due.listDeletions(now.minus(patience).minus(GRACE)).forEach(id -> tasks.settleDeletion(id, now));
    }
}
