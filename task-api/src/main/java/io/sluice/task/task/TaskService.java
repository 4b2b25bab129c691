package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.Reports;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.objects.SourceTasks;
import io.sluice.task.precheck.PrecheckTasks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tasks in the configuration database; each method is one transaction. */
@ApplicationScoped
@Transactional
public class TaskService implements PrecheckTasks, SourceTasks {

    private static final Duration LONGEST_DELAY = Duration.ofDays(366);

    private final TaskRepository tasks;
    private final TaskTables tables;
    private final TaskJournal journal;
    private final TaskHistory history;
    private final Clock clock;

    TaskService(TaskRepository tasks, TaskTables tables, TaskJournal journal, TaskHistory history, Clock clock) {
        this.tasks = tasks;
        this.tables = tables;
        this.journal = journal;
        this.history = history;
        this.clock = clock;
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    TaskView load(String id) {
        return TaskView.of(tasks.load(id));
    }

    Page<TaskSummary> list(TaskRepository.Filter filter, PageRequest request) {
        return Page.of(request, tasks.page(filter, request), row -> row.id).map(TaskSummary::of);
    }

    Page<TaskHistory.Item> events(String id, PageRequest request) {
        tasks.load(id);
        return history.page(id, request);
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

    /** Lines of a task's history after one of them, oldest first. */
    public List<TaskHistory.Item> linesAfter(String id, long line, int limit) {
        return history.after(id, line, limit);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} */
    TaskView carryOut(String id, TaskAction action) {
        TaskRow row = tasks.lock(id);
        journal.write(row, Commands.carryOut(row.status(), action));
        if (row.state == TaskState.PENDING_START) {
            row.startAt = clock.instant();
        }
        return TaskView.of(row);
    }

    /**
     * @param at when the task is to start
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code NOT_AVAILABLE} when it uses what does not
     *     work yet, {@code VALIDATION_FAILED} when the time is past or more than a year ahead
     */
    void requireSchedulable(String id, Instant at) {
        TaskRow row = tasks.load(id);
        Commands.carryOut(row.status(), TaskAction.SCHEDULE);
        Instant now = clock.instant();
        if (at.isBefore(now) || at.isAfter(now.plus(LONGEST_DELAY))) {
            String message = "must be in the future and within a year.";
            throw new SluiceException(
                    "at " + message, List.of(new Violation("at", ErrorCode.VALIDATION_FAILED, message)));
        }
        UnfinishedFields.refuse(row.taskSpec());
    }

    /**
     * @param at when the task is to start; may have come while it was being checked
     * @param checked what the checks have looked at
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}
     */
    TaskView schedule(String id, Instant at, TaskSpec checked) {
        TaskRow row = tasks.lock(id);
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.SCHEDULE);
        requireUnchanged(row, checked);
        journal.write(row, outcome);
        row.startAt = at;
        return TaskView.of(row);
    }

    private static void requireUnchanged(TaskRow row, TaskSpec checked) {
        if (!row.taskSpec().equals(checked)) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The task was changed while it was being checked; start it again.");
        }
    }

    /**
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} when the task cannot be started now,
     *     {@code NOT_AVAILABLE} when it uses what does not work yet
     */
    void requireStartable(String id) {
        TaskRow row = tasks.load(id);
        begin(row);
        UnfinishedFields.refuse(row.taskSpec());
    }

    /** A start that was asked for now, or one that was asked for earlier and is due. */
    private Outcome begin(TaskRow row) {
        boolean due = row.startAt != null && !row.startAt.isAfter(clock.instant());
        return due ? Commands.begin(row.status()) : Commands.carryOut(row.status(), TaskAction.START);
    }

    @Override
    public TaskSpec loadSpec(String id) {
        return tasks.load(id).taskSpec();
    }

    @Override
    public String loadStored(String id) {
        return tasks.load(id).spec;
    }

    @Override
    public Candidate loadCandidate(String id) {
        TaskRow row = tasks.load(id);
        if (row.state != TaskState.PENDING_START) {
            begin(row);
        }
        return new Candidate(row.taskSpec(), row.spec);
    }

    /**
     * @param checked what the checks have looked at
     * @param selected what the patterns matched on the source
     * @throws SluiceException {@code TASK_STATE} also when the specification was changed while it was checked
     */
    TaskView start(String id, TaskSpec checked, List<TableProgress> selected) {
        TaskRow row = tasks.lock(id);
        requireUnchanged(row, checked);
        Outcome outcome = begin(row);
        // It may have changed while the checks ran.
        UnfinishedFields.refuse(row.taskSpec());
        row.startedAt = clock.instant();
        tables.put(id, selected);
        journal.write(row, outcome);
        return TaskView.of(row);
    }

    /**
     * Removes a task that the services know nothing of, or orders the services to remove what they have of it.
     *
     * @return what to wait for; empty when the task is gone
     */
    Optional<Ordered> orderDeletion(String id) {
        TaskRow row = tasks.lock(id);
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.DELETE);
        // A reset task may have left something behind that the services could not reach then.
        if (row.generation == 0) {
            remove(row);
            return Optional.empty();
        }
        journal.write(row, outcome);
        return Optional.of(new Ordered(row.taskSpec(), row.status()));
    }

    /** Empty when another request has finished the deletion. */
    Optional<TaskStatus> findStatus(String id) {
        return tasks.findByIdOptional(id).map(TaskRow::status);
    }

    void finishDeletion(String id) {
        tasks.findLocked(id).ifPresent(this::remove);
    }

    /** Folds a report into the task's state; one about an unknown task or an older order changes nothing. */
    public void fold(TaskReport report) {
        tasks.findLocked(report.taskId())
                .ifPresent(row -> journal.write(row, Reports.fold(row.status(), report, row.mode)));
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
        return tasks.findByIdOptional(id).map(row -> new Standing(row.status(), row.mode, row.startedAt));
    }

    public List<StateOfTask> states() {
        return tasks.findAll().project(StateOfTask.class).list();
    }

    private void remove(TaskRow row) {
        journal.writeDeleted(row);
        tasks.delete(row);
    }

    /** A deletion that the services were told of. */
    record Ordered(TaskSpec spec, TaskStatus status) {}

    /** Where a task is. */
    public record Standing(
            TaskStatus status, SyncMode mode, @Nullable Instant startedAt) {}

    /** The state of one task of many. */
    public record StateOfTask(String id, TaskState state) {}
}
