package io.sluice.task.progress;

import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.task.progress.LiveFeed.Look;
import io.sluice.task.task.TaskHistory;
import io.sluice.task.task.TaskService;
import io.sluice.task.task.TaskService.Standing;
import io.sluice.task.task.TaskTables;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what users see of a task's progress. */
@ApplicationScoped
class ProgressService {

    private static final int LINES = 200;

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
        return lag(id, tasks.loadStanding(id));
    }

    /**
     * Where a reader of the live stream goes on.
     *
     * @param lastEventId as the reader sent it; what is none of ours counts as nothing
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}
     */
    @Transactional
    long lastLine(String id, @Nullable String lastEventId) {
        long newest = tasks.newestLine(id);
        try {
            return lastEventId == null ? newest : Math.min(newest, Long.parseLong(lastEventId));
        } catch (NumberFormatException e) {
            return newest;
        }
    }

    /** Empty when the task is gone. The lines are read first: the rest is never older than they are. */
    @Transactional
    Optional<Look> look(String id, long lastLine) {
        List<TaskHistory.Item> lines = tasks.linesAfter(id, lastLine, LINES);
        return tasks.findStanding(id)
                .map(standing -> new Look(
                        lines,
                        LiveFeed.StateView.of(standing.status()),
                        ProgressView.of(standing.status(), standing.mode(), tables.list(id))
                                .atWork(),
                        lag(id, standing)));
    }

    private LagView lag(String id, Standing standing) {
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
