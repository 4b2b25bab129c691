package io.sluice.task.progress;

import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.task.task.TaskService;
import io.sluice.task.task.TaskService.Standing;
import io.sluice.task.task.TaskTables;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;

/** Reads what users see of a task's progress. */
@ApplicationScoped
class ProgressService {

    private final TaskService tasks;
    private final TaskTables tables;
    private final Positions positions;
    private final Clock clock;

    ProgressService(TaskService tasks, TaskTables tables, Positions positions, Clock clock) {
        this.tasks = tasks;
        this.tables = tables;
        this.positions = positions;
        this.clock = clock;
    }

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    @Transactional
    ProgressView progress(String id) {
        Standing standing = tasks.loadStanding(id);
        return ProgressView.of(standing.status(), standing.mode(), tables.list(id));
    }

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    @Transactional
    LagView lag(String id) {
        Standing standing = tasks.loadStanding(id);
        return switch (standing.status().state()) {
            case CONFIGURATION, PENDING_START, COMPLETED -> LagView.UNKNOWN;
            case STARTING,
                    FULL_SYNC,
                    INCREMENTAL_SYNC,
                    STOPPING,
                    PAUSED,
                    START_FAILED,
                    FULL_SYNC_FAILED,
                    INCREMENTAL_SYNC_FAILED,
                    STOP_FAILED ->
                LagView.of(
                        positions.find(id, Service.CAPTURE, CapturePosition.class),
                        positions.find(id, Service.APPLY, ApplyPosition.class),
                        standing.startedAt(),
                        clock.instant());
        };
    }
}
