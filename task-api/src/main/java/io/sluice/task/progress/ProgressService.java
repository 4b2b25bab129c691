package io.sluice.task.progress;

import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.progress.LiveFeed.Moment;
import io.sluice.task.task.ReportedTasks;
import io.sluice.task.task.ReportedTasks.Standing;
import io.sluice.task.task.StateView;
import io.sluice.task.task.TaskHistory;
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
    private static final int AT_WORK = 200;

    private final ReportedTasks tasks;
    private final TaskTables tables;
    private final Positions positions;
    private final StructureReports structures;
    private final Clock clock;

    ProgressService(
            ReportedTasks tasks, TaskTables tables, Positions positions, StructureReports structures, Clock clock) {
        this.tasks = tasks;
        this.tables = tables;
        this.positions = positions;
        this.structures = structures;
        this.clock = clock;
    }

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    @Transactional
    ProgressView progress(String id) {
        Standing standing = tasks.loadStanding(id);
        ProgressView view = ProgressView.of(standing.status(), standing.mode(), tables.list(id));
        return structures.find(id).map(view::with).orElse(view);
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

    /**
     * A task as it is now; empty when it is gone. The newest line is read first: the rest is never older than it is.
     *
     * @param before what was seen last; the tables are read again only when they have changed since
     */
    @Transactional
    Optional<Moment> look(String id, @Nullable Moment before) {
        long line = tasks.newestLineOf(id);
        return tasks.findStanding(id).map(standing -> {
            TaskStatus status = standing.status();
            long version = tables.version(id);
            ProgressView view = before != null
                            && before.tables() == version
                            && before.status().equals(status)
                    ? before.progress()
                    : ProgressView.live(status, standing.mode(), tables.totals(id), tables.atWork(id, AT_WORK));
            return new Moment(line, standing.project(), status, StateView.of(status), version, view, lag(id, standing));
        });
    }

    /** Lines of the history after one of them and up to another, oldest first; the first of them when there are many. */
    @Transactional
    List<TaskHistory.Item> lines(String id, long after, long upTo) {
        return after >= upTo
                ? List.of()
                : tasks.linesAfter(id, after, LINES).stream()
                        .filter(line -> line.id() <= upTo)
                        .toList();
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
