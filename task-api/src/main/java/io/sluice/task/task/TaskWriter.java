package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Note;
import io.sluice.task.life.TaskStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;

/** Writes what users ask for; each method is one transaction. The rules have been checked before. */
@ApplicationScoped
@Transactional
class TaskWriter {

    private static final String NAME_INDEX = "task_name_key";

    private final TaskRepository tasks;
    private final TaskJournal journal;
    private final TaskHistory history;
    private final IdempotencyKeys keys;
    private final TaskJson json;
    private final Clock clock;

    TaskWriter(
            TaskRepository tasks,
            TaskJournal journal,
            TaskHistory history,
            IdempotencyKeys keys,
            TaskJson json,
            Clock clock) {
        this.tasks = tasks;
        this.journal = journal;
        this.history = history;
        this.keys = keys;
        this.json = json;
        this.clock = clock;
    }

    /** What one user asks for. */
    record Wish(TaskInput input, TaskSpec spec) {

        /** Everything but the id, the version and the dates. */
        void fill(TaskRow row) {
            row.put(spec);
            row.description = input.description() == null ? "" : input.description();
            row.project = TaskRules.project(input);
            row.autoStopDays = input.autoStopDays() == null ? TaskRules.AUTO_STOP_DAYS : input.autoStopDays();
            row.tags = input.tags() == null ? new HashMap<>() : new HashMap<>(input.tags());
        }
    }

    /** A task as it is now. */
    record Snapshot(TaskView view, TaskSpec spec, TaskStatus status) {}

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    Snapshot load(String id) {
        TaskRow row = tasks.load(id);
        return new Snapshot(TaskView.of(row), row.taskSpec(), row.status());
    }

    /** @throws SluiceException {@code IDEMPOTENCY_KEY_REUSED} */
    Optional<String> findAnswer(IdempotencyKeys.Request key) {
        return keys.findAnswer(key);
    }

    /**
     * @param key null when the request has none
     * @return the task as JSON, as it was when the first request of this key made it
     * @throws SluiceException {@code TASK_NAME_TAKEN}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    String create(String id, Wish wish, IdempotencyKeys.@Nullable Request key) {
        return keys.once(key, () -> create(id, wish));
    }

    private String create(String id, Wish wish) {
        TaskRow row = new TaskRow();
        row.createdAt = clock.instant();
        row.updatedAt = row.createdAt;
        row.id = id;
        wish.fill(row);
        if (tasks.nameTaken(row.name)) {
            throw nameTaken(row.name);
        }
        tasks.persist(row);
        flush(row.name);
        history.add(row.id, row.state, new Note(Note.Kind.USER_ACTION, null, "create"), row.createdAt);
        return json.write(TaskView.of(row));
    }

    /**
     * @param before what the change was made from
     * @param fields that differ
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code TASK_NAME_TAKEN},
     *     {@code PRECONDITION_FAILED} when somebody else has changed the task meanwhile
     */
    TaskView change(String id, Snapshot before, Wish wish, Set<String> fields) {
        TaskRow row = tasks.lock(id);
        // Sealing all credentials again changes the specification, and no version.
        if (row.version != before.view().version() || !row.taskSpec().equals(before.spec())) {
            throw ETags.stale(row.version);
        }
        EditRules.requireAllowed(row.status(), fields);
        if (fields.contains("name") && tasks.nameTakenByAnother(wish.spec().name(), id)) {
            throw nameTaken(wish.spec().name());
        }
        boolean work = !wish.spec().asksForTheSameWork(row.taskSpec());
        if (wish.input().autoStopDays() == null || wish.input().autoStopDays() != row.autoStopDays) {
            row.autoStopWarnedAt = null;
        }
        wish.fill(row);
        row.version++;
        journal.write(row, Commands.change(row.status(), String.join(", ", fields), work));
        flush(row.name);
        return TaskView.of(row);
    }

    String newId() {
        Instant now = clock.instant();
        return TimeOrderedId.next(now);
    }

    private void flush(String name) {
        try {
            tasks.flush();
        } catch (ConstraintViolationException e) {
            throw NAME_INDEX.equals(e.getConstraintName()) ? nameTaken(name) : e;
        }
    }

    private static SluiceException nameTaken(String name) {
        String message = "There is a task named " + name + " already (upper and lower case count as the same).";
        return new SluiceException(
                message,
                List.of(new Violation("name", ErrorCode.TASK_NAME_TAKEN, "is taken already; choose another.")));
    }
}
