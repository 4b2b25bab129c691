package io.sluice.task.progress;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.task.progress.Positions.Dated;
import io.sluice.task.task.ReportedTasks;
import io.sluice.task.task.ReportedTasks.Figures;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells {@code sluice.events} every few seconds how each task is, for the rules of alerts. Also of tasks whose services
 * are silent: their lag grows by the silence. Of several instances one tells of a task each time.
 */
@ApplicationScoped
class VitalsPublisher {

    private static final int BATCH = 50;

    private final ReportedTasks tasks;
    private final Positions positions;
    private final VitalsConfig config;
    private final Clock clock;

    VitalsPublisher(ReportedTasks tasks, Positions positions, VitalsConfig config, Clock clock) {
        this.tasks = tasks;
        this.positions = positions;
        this.config = config;
        this.clock = clock;
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void publish() {
        Instant now = clock.instant();
        Instant before = now.minus(config.every());
        int told;
        do {
            told = tasks.publishVitals(now, before, BATCH, id -> figures(id, now));
        } while (told == BATCH);
    }

    private Figures figures(String id, Instant now) {
        Optional<Dated<CapturePosition>> capture = positions.find(id, Service.CAPTURE, CapturePosition.class);
        Optional<Dated<ApplyPosition>> apply = positions.find(id, Service.APPLY, ApplyPosition.class);
        LagView lag = LagView.of(capture, apply, null, now);
        Long limit = capture.map(position -> position.fact().retainableBytes()).orElse(null);
        return new Figures(lag.totalMillis(), lag.walRetainedBytes(), limit, lag.walStatus());
    }
}
