package io.sluice.task.task;

import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.TaskEvent.Kind;
import io.sluice.contracts.event.Vitals;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.dispatch.Outbox;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Note;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.ReportedTasks.Figures;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes an outcome down: the task's row, its history, and the records for the bus, all in the caller's transaction,
 * which holds the lock on the row.
 */
@ApplicationScoped
class TaskJournal {

    private final TaskTables tables;
    private final TaskHistory history;
    private final Outbox outbox;
    /** Tables, to whoever is alerted. */
    private static final int MOST_NAMED = 10;

    private final OpenErrands errands;
    private final Clock clock;

    TaskJournal(TaskTables tables, TaskHistory history, Outbox outbox, OpenErrands errands, Clock clock) {
        this.tables = tables;
        this.history = history;
        this.outbox = outbox;
        this.errands = errands;
        this.clock = clock;
    }

    void write(TaskRow row, Outcome outcome) {
        TaskStatus status = outcome.status();
        if (outcome.notes().isEmpty() && status.equals(row.status())) {
            return;
        }
        Instant now = clock.instant();
        boolean begins = row.status().step() == null && status.step() != null;
        boolean anew = status.state() == TaskState.CONFIGURATION && row.reloadAll;
        if (status.state() == TaskState.CONFIGURATION && row.state != TaskState.CONFIGURATION && !anew) {
            tables.forget(row.id);
            row.selection = 0;
            row.startGeneration = 0;
            row.startedAt = null;
        }
        row.take(status, now);
        if (row.startGeneration == 0 && outcome.order() == Phase.RUN) {
            row.startGeneration = status.generation();
        }
        row.updatedAt = now;
        for (Note note : outcome.notes()) {
            String id = history.add(row.id, status.state(), note, now);
            Kind kind = kind(note.kind());
            if (kind != null) {
                publish(new TaskEvent(
                        id,
                        row.id,
                        row.name,
                        row.taskSpec().alertTopic(),
                        kind,
                        status.health(),
                        status.state().name(),
                        note.code(),
                        note.detail(),
                        now));
            }
        }
        // Apply has begun to fill the target: whoever reads the order from now on must know.
        Phase phase = outcome.order() == null && begins ? status.phase() : outcome.order();
        if (phase != null) {
            order(row, phase, now);
        }
        if (anew) {
            beginAnew(row);
        }
    }

    /** Everything but what the target has of the task is removed; all of its tables are loaded once more. */
    private void beginAnew(TaskRow row) {
        Outcome outcome = Commands.beginAnew(row.status());
        List<TableProgress> waiting = tables.list(row.id).stream()
                .map(table -> new TableProgress(table.table(), TableState.WAITING, table.rowsEstimated(), 0, 0))
                .toList();
        tables.put(row.id, waiting);
        tables.request(
                row.id,
                waiting.stream().map(TableProgress::table).toList(),
                outcome.status().generation(),
                false);
        write(row, outcome);
    }

    /** The newest order once more, with the errands as they are now. The services go on with what they do. */
    void repeatOrder(TaskRow row) {
        if (row.phase != null) {
            order(row, row.phase, clock.instant());
        }
    }

    private void order(TaskRow row, Phase phase, Instant now) {
        if (phase == Phase.STOP || phase == Phase.DELETE) {
            errands.end(row.id, now);
        }
        boolean begun = row.step != null;
        TaskOrder order = new TaskOrder(
                row.id,
                row.generation,
                phase,
                row.taskSpec(),
                tables.names(row.id),
                now,
                begun,
                row.dropTargetData,
                errands.list(row.id),
                row.selection,
                tables.requests(row.id),
                row.startGeneration,
                phase == Phase.DELETE && row.reloadAll,
                row.renames);
        outbox.put(Topics.TASKS, row.id, Json.write(order));
    }

    /** How a comparison has ended. The caller holds the lock on the row. */
    void writeComparison(TaskRow row, Comparison result, String detail) {
        TaskStatus status = row.status();
        Instant now = clock.instant();
        publish(new TaskEvent(
                "comparison-" + row.id + "-" + result.number(),
                row.id,
                row.name,
                row.taskSpec().alertTopic(),
                Kind.COMPARISON,
                status.health(),
                status.state().name(),
                null,
                detail,
                now,
                null,
                result));
    }

    /** The task is gone: its orders too. */
    void writeDeleted(TaskRow row) {
        if (row.generation > 0) {
            outbox.put(Topics.TASKS, row.id, null);
        }
        publish(new TaskEvent(
                history.nextId(),
                row.id,
                row.name,
                row.taskSpec().alertTopic(),
                Kind.DELETED,
                Health.HEALTHY,
                row.state.name(),
                null,
                "deleted",
                clock.instant()));
    }

    /** How a task is, without a line in its history. The caller holds the lock on the row, so it is told in its order. */
    void writeVitals(TaskRow row, Figures figures) {
        TaskStatus status = row.status();
        Instant now = clock.instant();
        TaskSpec spec = row.taskSpec();
        Retry retry = status.retrying();
        TaskError error = status.error();
        List<TableProgress> suspended = tables.suspended(row.id);
        publish(new TaskEvent(
                "vitals-" + row.id + "-" + now.toEpochMilli(),
                row.id,
                row.name,
                spec.alertTopic(),
                Kind.VITALS,
                status.health(),
                status.state().name(),
                retry != null ? retry.code() : error == null ? null : error.code(),
                retry != null ? retry.detail() : error == null ? "" : error.detail(),
                now,
                new Vitals(
                        retry == null ? null : retry.since(),
                        figures.lagMillis(),
                        spec.lagThresholdSeconds(),
                        figures.walRetainedBytes(),
                        figures.walLimitBytes(),
                        figures.walStatus(),
                        suspended.stream()
                                .limit(MOST_NAMED)
                                .map(table -> table.table().toString())
                                .toList(),
                        since(suspended)),
                null));
    }

    private static @Nullable Instant since(List<TableProgress> suspended) {
        return suspended.stream()
                .flatMap(table -> Stream.ofNullable(table.suspension()))
                .map(Fact.Suspension::since)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private void publish(TaskEvent event) {
        outbox.put(Topics.EVENTS, event.taskId(), Json.write(event));
    }

    /** What others are told of; null when a line is only for the task's history. */
    private static @Nullable Kind kind(Note.Kind kind) {
        return switch (kind) {
            case STATE_CHANGED -> Kind.STATE_CHANGED;
            case RETRYING -> Kind.RETRYING;
            case RECOVERED -> Kind.RECOVERED;
            case AUTO_STOP_WARNING -> Kind.AUTO_STOP_WARNING;
            case AUTO_STOPPED -> Kind.AUTO_STOPPED;
            case USER_ACTION, ERROR, TABLE_LOADED -> null;
        };
    }
}
