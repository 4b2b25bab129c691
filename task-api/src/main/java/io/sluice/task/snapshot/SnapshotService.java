package io.sluice.task.snapshot;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Snapshots for subscribers; each method is one transaction. */
@ApplicationScoped
@Transactional
public class SnapshotService {

    private static final int MOST_TABLES = 10_000;

    private final SnapshotTasks tasks;
    private final SnapshotErrands snapshots;
    private final CurrentCaller callers;
    private final Clock clock;

    SnapshotService(SnapshotTasks tasks, SnapshotErrands snapshots, CurrentCaller callers, Clock clock) {
        this.tasks = tasks;
        this.snapshots = snapshots;
        this.callers = callers;
        this.clock = clock;
    }

    /**
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code VALIDATION_FAILED}, {@code TASK_STATE}, {@code TABLE_LOADING},
     *     {@code SNAPSHOT_RUNNING}
     */
    SnapshotView request(String id, SnapshotRequest request) {
        SnapshotTasks.Subject subject = tasks.lockForSnapshot(id);
        if (subject.status().state() != TaskState.INCREMENTAL_SYNC) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is in " + subject.status().state()
                            + "; a snapshot is taken in INCREMENTAL_SYNC, where every change after it is captured.");
        }
        Set<TableName> tables = tables(request, subject.tables());
        tasks.requireInStep(id);
        snapshots.findOpen(id).ifPresent(row -> {
            throw new SluiceException(
                    ErrorCode.SNAPSHOT_RUNNING,
                    "Snapshot " + row.number + " of the task is being taken. Wait for its end, or cancel it.");
        });
        SnapshotRow row = new SnapshotRow();
        row.taskId = id;
        row.number = snapshots.nextNumber(id);
        row.tables = Json.write(tables);
        row.requestedAt = clock.instant();
        row.requestedBy = callers.get().name();
        snapshots.persist(row);
        tasks.noteUserAction(id, "snapshot " + row.number + " for subscribers");
        snapshots.flush();
        tasks.repeatOrder(id);
        return SnapshotView.of(row);
    }

    private static Set<TableName> tables(SnapshotRequest request, List<TableName> known) {
        Set<TableName> tables = new LinkedHashSet<>();
        List<String> names = request.tables();
        if (names == null) {
            return tables;
        }
        FieldErrors errors = new FieldErrors();
        if (names.isEmpty() || names.size() > MOST_TABLES) {
            errors.invalid("tables", "must name 1 to " + MOST_TABLES + " tables; leave it out for all.");
        }
        Map<String, TableName> byName =
                known.stream().collect(Collectors.toMap(TableName::toString, table -> table, (first, second) -> first));
        for (String name : names) {
            TableName table = byName.get(name);
            if (table == null) {
                errors.invalid("tables", "names " + name + ", which is no table of this task.");
            } else {
                tables.add(table);
            }
        }
        errors.throwIfAny();
        return tables;
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}; {@code TASK_STATE} when it does not run */
    SnapshotView cancel(String id, int number) {
        tasks.lockForSnapshot(id);
        SnapshotRow row = snapshots
                .findOpen(id, number)
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.TASK_STATE, "No snapshot " + number + " of the task is being taken."));
        row.end(SnapshotState.CANCELLED, clock.instant());
        tasks.noteUserAction(id, "snapshot " + number + " cancelled");
        snapshots.flush();
        tasks.repeatOrder(id);
        return SnapshotView.of(row);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}; {@code VALIDATION_FAILED} for a cursor that is none */
    Page<SnapshotView> page(String id, PageRequest request) {
        tasks.requireTask(id);
        return Page.of(
                        request,
                        snapshots.page(id, before(request), request.fetchSize()),
                        row -> String.valueOf(row.number))
                .map(SnapshotView::of);
    }

    private static int before(PageRequest request) {
        try {
            return request.after() == null ? Integer.MAX_VALUE : Integer.parseInt(request.after());
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /** Takes what capture-service has reported; what is about a snapshot that has ended changes nothing. */
    public void fold(String id, Fact.SnapshotProgress fact) {
        if (snapshots.findOpen(id, fact.number()).isEmpty()) {
            return;
        }
        tasks.lockForSnapshot(id);
        snapshots.findOpen(id, fact.number()).ifPresent(row -> {
            snapshots.getEntityManager().refresh(row);
            if (row.state != SnapshotState.RUNNING) {
                return;
            }
            row.snapshotId = fact.id() == null ? row.snapshotId : fact.id();
            row.tablesRead = fact.tables();
            row.rows = fact.rows();
            row.errorCode = fact.code();
            row.errorDetail = fact.detail();
            if (fact.ended()) {
                row.end(fact.code() == null ? SnapshotState.COMPLETED : SnapshotState.FAILED, clock.instant());
                snapshots.flush();
                tasks.repeatOrder(id);
            }
        });
    }
}
