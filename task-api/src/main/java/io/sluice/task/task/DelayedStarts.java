package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.life.TaskError;
import io.sluice.task.task.DueTasks.Due;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Starts tasks whose time has come. Any number of instances may look at once: a start is carried out by whoever claims
 * it, and taken over from one that dies.
 */
@ApplicationScoped
class DelayedStarts {

    private static final Logger LOG = Logger.getLogger(DelayedStarts.class);

    /** After that another instance may try: whoever is later finds the checks running, and waits. */
    private static final Duration LEASE = Duration.ofMinutes(1);

    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final int DETAIL_LENGTH = 4000;

    private final DueTasks due;
    private final TaskStarter starter;
    private final Clock clock;

    DelayedStarts(DueTasks due, TaskStarter starter, Clock clock) {
        this.due = due;
        this.starter = starter;
        this.clock = clock;
    }

    /** Each start has a thread of its own: a database that does not answer must not hold up the others. */
    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void poll() {
        for (Due start : due.claimStarts(clock.instant(), LEASE)) {
            Thread.ofVirtual().name("start-" + start.id()).start(() -> start(start));
        }
    }

    void start(Due start) {
        try {
            starter.startDue(start.id(), start.at());
        } catch (SluiceException e) {
            refuse(start, e);
        } catch (RuntimeException e) {
            LOG.errorf(e, "The delayed start of task %s is tried again in %s", start.id(), LEASE);
        }
    }

    private void refuse(Due start, SluiceException why) {
        if (why.code() == ErrorCode.TASK_STATE || why.code() == ErrorCode.TASK_NOT_FOUND) {
            LOG.infof("The delayed start of task %s was taken back: %s", start.id(), why.getMessage());
            release(start);
            return;
        }
        if (why.code() == ErrorCode.PRECHECK_RUNNING) {
            release(start);
            return;
        }
        try {
            due.refuseStart(start, new TaskError(why.code(), detail(why), clock.instant()));
        } catch (RuntimeException e) {
            LOG.warnf("The failed start of task %s could not be noted: %s", start.id(), e.getMessage());
        }
    }

    /** To be looked at again soon, if the task still waits for its start. */
    private void release(Due start) {
        try {
            due.releaseStart(start, clock.instant().plus(AGAIN));
        } catch (RuntimeException e) {
            LOG.warnf("The delayed start of task %s is tried again in %s: %s", start.id(), LEASE, e.getMessage());
        }
    }

    /** Nobody waits for an answer that could name the findings one by one. */
    private static String detail(SluiceException why) {
        String detail = why.violations().size() < 2
                ? String.valueOf(why.getMessage())
                : why.violations().stream()
                        .map(violation -> violation.field() + ": " + violation.message())
                        .collect(Collectors.joining(" "));
        return detail.length() <= DETAIL_LENGTH ? detail : detail.substring(0, DETAIL_LENGTH) + " ...";
    }
}
