package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskState;
import io.sluice.task.precheck.PrecheckTasks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Starts, now and later; each method is one transaction, between which the checks run. */
@ApplicationScoped
@Transactional
class TaskStarts implements PrecheckTasks {

    private static final Duration LONGEST_DELAY = Duration.ofDays(366);
    private static final SealedSecret BLANK = new SealedSecret("v1:");

    private final TaskRepository tasks;
    private final TaskTables tables;
    private final TaskJournal journal;
    private final SecretSeal seal;
    private final Clock clock;

    TaskStarts(TaskRepository tasks, TaskTables tables, TaskJournal journal, SecretSeal seal, Clock clock) {
        this.seal = seal;
        this.tasks = tasks;
        this.tables = tables;
        this.journal = journal;
        this.clock = clock;
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

    private void requireUnchanged(TaskRow row, TaskSpec checked) {
        TaskSpec now = row.taskSpec();
        boolean unchanged = now.equals(checked)
                || withoutSecrets(now).equals(withoutSecrets(checked))
                        && secrets(row.id, now).equals(secrets(row.id, checked));
        if (!unchanged) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The task was changed while it was being checked; start it again.");
        }
    }

    /** The same credentials may have been sealed with another key meanwhile. */
    private List<String> secrets(String id, TaskSpec spec) {
        return Stream.of(spec.source(), spec.target())
                .flatMap(endpoint -> endpoint.secrets().stream())
                .map(secret -> seal.open(id, secret).reveal())
                .toList();
    }

    private static TaskSpec withoutSecrets(TaskSpec spec) {
        return spec.between(
                spec.source().resealed(secret -> BLANK), spec.target().resealed(secret -> BLANK));
    }

    /**
     * @param due the time for which the start was planned; null for one that is asked for now
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} when the task cannot be started now,
     *     {@code NOT_AVAILABLE} when it uses what does not work yet
     */
    void requireStartable(String id, @Nullable Instant due) {
        TaskRow row = tasks.load(id);
        begin(row, due);
        UnfinishedFields.refuse(row.taskSpec());
    }

    private static Outcome begin(TaskRow row, @Nullable Instant due) {
        if (due == null) {
            return Commands.carryOut(row.status(), TaskAction.START);
        }
        row.requirePlanned(due);
        return Commands.begin(row.status());
    }

    @Override
    public String loadStored(String id) {
        return tasks.load(id).spec;
    }

    @Override
    public Candidate loadCandidate(String id) {
        TaskRow row = tasks.load(id);
        if (row.state != TaskState.PENDING_START) {
            begin(row, null);
        }
        return new Candidate(row.taskSpec(), row.spec);
    }

    /**
     * @param due the time for which the start was planned; null for one that was asked for now
     * @param checked what the checks have looked at
     * @param selected what the patterns matched on the source
     * @throws SluiceException {@code TASK_STATE} also when the specification was changed while it was checked
     */
    TaskView start(String id, @Nullable Instant due, TaskSpec checked, List<TableProgress> selected) {
        TaskRow row = tasks.lock(id);
        requireUnchanged(row, checked);
        Outcome outcome = begin(row, due);
        // It may have changed while the checks ran.
        UnfinishedFields.refuse(row.taskSpec());
        row.startedAt = clock.instant();
        tables.put(id, selected);
        journal.write(row, outcome);
        return TaskView.of(row);
    }
}
