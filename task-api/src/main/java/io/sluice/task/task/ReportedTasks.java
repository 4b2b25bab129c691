package io.sluice.task.task;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.SyncMode;
import io.sluice.task.life.Reports;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tasks as the services report them, for those who are told; each method is one transaction. */
@ApplicationScoped
@Transactional
public class ReportedTasks {

    private final TaskRepository tasks;
    private final TaskJournal journal;
    private final TaskHistory history;

    ReportedTasks(TaskRepository tasks, TaskJournal journal, TaskHistory history) {
        this.tasks = tasks;
        this.journal = journal;
        this.history = history;
    }

    /**
     * The newest line of a task's history; 0 when there is none.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}
     */
    public long newestLine(String id) {
        tasks.load(id);
        return history.newest(id);
    }

    /** The same of a task that may be gone. */
    public long newestLineOf(String id) {
        return history.newest(id);
    }

    /** Lines of a task's history after one of them, oldest first. */
    public List<TaskHistory.Item> linesAfter(String id, long line, int limit) {
        return history.after(id, line, limit);
    }

    /** Folds a report into the task's state; one about an unknown task or an older order changes nothing. */
    public void fold(TaskReport report) {
        tasks.findLocked(report.taskId())
                .ifPresent(row -> journal.write(row, Reports.fold(row.status(), report, row.mode)));
    }

    /**
     * Tells everybody how tasks are that were last told of before the given time.
     *
     * @param limit at most so many tasks
     * @param read the figures of one task
     * @return how many were told of
     */
    public int publishVitals(Instant now, Instant before, int limit, Function<String, Figures> read) {
        List<TaskRow> due = tasks.claimForVitals(now, before, limit);
        due.forEach(row -> journal.writeVitals(row, read.apply(row.id)));
        return due.size();
    }

    /** Whether a report is about the newest order. */
    public boolean isCurrent(TaskReport report) {
        return tasks.findByIdOptional(report.taskId())
                .filter(row -> report.generation() >= row.generation)
                .isPresent();
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    public Standing loadStanding(String id) {
        return findStanding(id).orElseThrow(() -> TaskRepository.notFound(id));
    }

    /** Empty when there is no such task. */
    public Optional<Standing> findStanding(String id) {
        return tasks.findByIdOptional(id).map(row -> new Standing(row.status(), row.project, row.mode, row.startedAt));
    }

    public List<StateOfTask> states() {
        return tasks.findAll().project(StateOfTask.class).list();
    }

    /** Where a task is. */
    public record Standing(
            TaskStatus status,
            String project,
            SyncMode mode,
            @Nullable Instant startedAt) {}

    /** What the services have reported that alerts are judged by; null what none has. */
    public record Figures(
            @Nullable Long lagMillis,
            @Nullable Long walRetainedBytes,
            @Nullable Long walLimitBytes,
            @Nullable String walStatus) {}

    /** The state of one task of many. */
    public record StateOfTask(String id, TaskState state) {}
}
