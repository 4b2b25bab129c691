package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;

/** Stops tasks that nobody has looked after for autoStopDays, since their slots fill the disk of the source. */
@ApplicationScoped
class AutoStop {

    private final DueTasks due;
    private final Clock clock;

    AutoStop(DueTasks due, Clock clock) {
        this.due = due;
        this.clock = clock;
    }

    @Scheduled(every = "60s", concurrentExecution = ConcurrentExecution.SKIP)
    void run() {
        run(clock.instant());
    }

    void run(Instant now) {
        due.listAutoStops(now).forEach(id -> due.autoStop(id, now));
        due.listAutoStopWarnings(now).forEach(id -> due.warnOfAutoStop(id, now));
    }
}
