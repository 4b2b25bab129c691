package io.sluice.task.task;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Note;
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
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;

/** Tasks in the configuration database; each method is one transaction. */
@ApplicationScoped
@Transactional
public class TaskService implements PrecheckTasks, SourceTasks {

    private static final String NAME_INDEX = "task_name_key";

    private final TaskRepository tasks;
    private final TaskTables tables;
    private final TaskJournal journal;
    private final TaskHistory history;
    private final SecretSeal seal;
    private final Clock clock;

    TaskService(
            TaskRepository tasks,
            TaskTables tables,
            TaskJournal journal,
            TaskHistory history,
            SecretSeal seal,
            Clock clock) {
        this.tasks = tasks;
        this.tables = tables;
        this.journal = journal;
        this.history = history;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * @throws SluiceException {@code VALIDATION_FAILED} with everything that is wrong, {@code NOT_AVAILABLE},
     *     {@code TASK_NAME_TAKEN}
     */
    TaskView create(TaskInput input) {
        TaskRules.check(input).throwIfAny();
        TaskRow row = new TaskRow();
        row.createdAt = clock.instant();
        row.updatedAt = row.createdAt;
        row.id = TimeOrderedId.next(row.createdAt);
        row.name = String.valueOf(input.name());
        row.description = input.description() == null ? "" : input.description();
        row.project = input.project() == null ? TaskRules.DEFAULT_PROJECT : input.project();
        row.tags = input.tags() == null ? new HashMap<>() : new HashMap<>(input.tags());
        row.spec = Json.write(TaskSpecs.of(input, seal, row.id));
        if (tasks.nameTaken(row.name)) {
            throw nameTaken(row.name);
        }
        try {
            tasks.persistAndFlush(row);
        } catch (ConstraintViolationException e) {
            throw NAME_INDEX.equals(e.getConstraintName()) ? nameTaken(row.name) : e;
        }
        history.add(row.id, row.state, new Note(Note.Kind.USER_ACTION, null, "create"), row.createdAt);
        return TaskView.of(row);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    TaskView load(String id) {
        return TaskView.of(tasks.load(id));
    }

    Page<TaskView> list(TaskRepository.Filter filter, PageRequest request) {
        return Page.of(request, tasks.page(filter, request), row -> row.id).map(TaskView::of);
    }

    Page<TaskHistory.Item> events(String id, PageRequest request) {
        tasks.load(id);
        return history.page(id, request);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} */
    TaskView carryOut(String id, TaskAction action) {
        TaskRow row = tasks.lock(id);
        journal.write(row, Commands.carryOut(row.status(), action));
        return TaskView.of(row);
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
        Commands.carryOut(row.status(), TaskAction.START);
        return new Candidate(row.taskSpec(), row.spec);
    }

    /**
     * @param checked what the checks have looked at
     * @param selected what the patterns matched on the source
     * @throws SluiceException {@code TASK_STATE} also when the specification was changed while it was checked
     */
    TaskView start(String id, TaskSpec checked, List<TableProgress> selected) {
        TaskRow row = tasks.lock(id);
        if (!row.taskSpec().equals(checked)) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The task was changed while it was being checked; start it again.");
        }
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.START);
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
        if (!row.status().started()) {
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
                .ifPresent(row -> journal.write(
                        row, Reports.fold(row.status(), report, row.taskSpec().mode())));
    }

    /** Whether a report is about the newest order. */
    public boolean isCurrent(TaskReport report) {
        return tasks.findByIdOptional(report.taskId())
                .filter(row -> report.generation() >= row.generation)
                .isPresent();
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    public Standing loadStanding(String id) {
        TaskRow row = tasks.load(id);
        return new Standing(row.status(), row.taskSpec().mode(), row.startedAt);
    }

    public List<StateOfTask> states() {
        return tasks.findAll().project(StateOfTask.class).list();
    }

    private void remove(TaskRow row) {
        journal.writeDeleted(row);
        tasks.delete(row);
    }

    private static SluiceException nameTaken(String name) {
        String message = "There is a task named " + name + " already (upper and lower case count as the same).";
        return new SluiceException(
                message,
                List.of(new Violation("name", ErrorCode.TASK_NAME_TAKEN, "is taken already; choose another.")));
    }

    /** A deletion that the services were told of. */
    record Ordered(TaskSpec spec, TaskStatus status) {}

    /** Where a task is. */
    public record Standing(
            TaskStatus status, SyncMode mode, @Nullable Instant startedAt) {}

    /** The state of one task of many. */
    public record StateOfTask(String id, TaskState state) {}
}
