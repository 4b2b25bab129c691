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
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Starts tasks whose time has come. Any number of instances may look at once: a start is carried out by whoever claims
 * it, and taken over from one that dies.
 */
@ApplicationScoped
class DelayedStarts {

    private static final Logger LOG = Logger.getLogger(DelayedStarts.class);

    /** So long after this instance was heard of last another one may try. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final int DETAIL_LENGTH = 4000;

    private final DueTasks due;
    private final TaskStarter starter;
    private final Clock clock;

    /** What this instance carries out, with the end of its lease. */
    private final Map<Due, Instant> busy = new ConcurrentHashMap<>();

    DelayedStarts(DueTasks due, TaskStarter starter, Clock clock) {
        this.due = due;
        this.starter = starter;
        this.clock = clock;
    }

    /** Each start has a thread of its own: a database that does not answer must not hold up the others. */
    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void poll() {
        Instant now = clock.instant();
        Instant until = now.plus(LEASE);
        hold(now, until);
        for (Due start : due.claimStarts(now, LEASE)) {
            busy.put(start, until);
            Thread.ofVirtual().name("start-" + start.id()).start(() -> start(start));
        }
    }

    /** The checks of a large source, or of one that hardly answers, take longer than a lease. */
    private void hold(Instant now, Instant until) {
        busy.forEach((start, end) -> {
            if (now.isAfter(end.minus(LEASE.dividedBy(2)))) {
                due.claimUntil(start, until);
                busy.replace(start, end, until);
            }
        });
    }

    void start(Due start) {
        try {
            starter.startDue(start.id(), start.at());
        } catch (SluiceException e) {
            refuse(start, e);
        } catch (RuntimeException e) {
            LOG.errorf(e, "The delayed start of task %s is tried again in %s", start.id(), LEASE);
        } finally {
            busy.remove(start);
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
            due.claimUntil(start, clock.instant().plus(AGAIN));
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
