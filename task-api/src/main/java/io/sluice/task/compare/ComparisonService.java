package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.http.once.IdempotencyKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Comparisons of tasks; each method is one transaction. */
@ApplicationScoped
@Transactional
public class ComparisonService {

    /** Of each task; a series of comparisons never ends by itself. */
    static final int KEPT = 100;

    private final ComparisonTasks tasks;
    private final ComparisonErrands comparisons;
    private final ComparisonResults results;
    private final CurrentCaller callers;
    private final IdempotencyKeys keys;
    private final Clock clock;

    ComparisonService(
            ComparisonTasks tasks,
            ComparisonErrands comparisons,
            ComparisonResults results,
            CurrentCaller callers,
            IdempotencyKeys keys,
            Clock clock) {
        this.keys = keys;
        this.tasks = tasks;
        this.comparisons = comparisons;
        this.results = results;
        this.callers = callers;
        this.clock = clock;
    }

    /**
     * @param key null when the request has none
     * @return the number of the comparison, or of that which the first request of this key began
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code VALIDATION_FAILED}, {@code
     *     COMPARISON_RUNNING}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    int request(String id, ComparisonRequest request, IdempotencyKeys.@Nullable Request key) {
        return Integer.parseInt(keys.once(key, () -> Integer.toString(request(id, request))));
    }

    private int request(String id, ComparisonRequest request) {
        ComparisonTasks.Subject subject = tasks.lockSubject(id);
        ComparisonRules.requireComparable(subject.status());
        Instant now = clock.instant();
        List<TableName> tables = ComparisonRules.check(request, subject.tables(), now);
        ComparisonKind kind = java.util.Objects.requireNonNull(request.kind());
        if (request.at() == null) {
            requireNone(id, kind);
        }
        ComparisonRow row = new ComparisonRow();
        row.taskId = id;
        row.number = comparisons.nextNumber(id);
        row.kind = kind;
        row.state = request.at() == null ? ComparisonState.REQUESTED : ComparisonState.SCHEDULED;
        row.tables = Json.write(tables);
        row.workers = request.workers() == null ? ComparisonRules.DEFAULT_WORKERS : request.workers();
        row.maxRowsPerSecond = request.maxRowsPerSecond();
        row.requestedAt = now;
        row.requestedBy = callers.get().name();
        row.at = request.at();
        row.everySeconds = request.every() == null ? null : request.every().toSeconds();
        comparisons.persist(row);
        tasks.noteUserAction(id, "comparison " + row.number + " of " + kind);
        if (row.state == ComparisonState.REQUESTED) {
            follow(row, now);
            comparisons.flush();
            tasks.repeatOrder(id);
        }
        return row.number;
    }

    private void requireNone(String id, ComparisonKind kind) {
        comparisons.openOf(id).stream()
                .filter(row -> row.kind == kind)
                .findFirst()
                .ifPresent(row -> {
                    throw new SluiceException(
                            ErrorCode.COMPARISON_RUNNING,
                            "Comparison " + row.number + " of this kind is running. Wait for its end, or cancel it with"
                                    + " POST /api/v1/tasks/" + id + "/comparisons/" + row.number + "/cancel.");
                });
    }

    /** Plans the next one of a series. */
    private void follow(ComparisonRow row, Instant now) {
        if (row.every() == null) {
            return;
        }
        Instant next = row.at == null ? now : row.at;
        // What was due while nobody looked is not made up for.
        while (!next.isAfter(now)) {
            next = next.plus(row.every());
        }
        comparisons.persist(row.following(comparisons.nextNumber(row.taskId), next, now));
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code COMPARISON_NOT_FOUND}, {@code TASK_STATE} */
    void cancel(String id, int number) {
        tasks.lockSubject(id);
        ComparisonRow row = load(id, number);
        if (row.state.ended()) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "Comparison " + number + " is " + row.state + " and cannot be cancelled.");
        }
        boolean open = row.state.open();
        row.state = ComparisonState.CANCELLED;
        row.endedAt = clock.instant();
        tasks.noteUserAction(id, "cancel comparison " + number);
        if (open) {
            comparisons.flush();
            tasks.repeatOrder(id);
        }
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND} */
    Page<ComparisonView> page(String id, PageRequest request) {
        tasks.loadSpec(id);
        int before = before(request);
        return Page.of(request, comparisons.page(id, before, request.fetchSize()), row -> String.valueOf(row.number))
                .map(row -> ComparisonViews.summary(row, results));
    }

    private static int before(PageRequest request) {
        try {
            return request.after() == null ? Integer.MAX_VALUE : Integer.parseInt(request.after());
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code COMPARISON_NOT_FOUND} */
    ComparisonView view(String id, int number) {
        tasks.loadSpec(id);
        return ComparisonViews.whole(load(id, number), results);
    }

    /** The tables of a comparison that differ. */
    List<TableComparison> differing(String id, int number) {
        return results.tables(id, number, ComparisonViews.MOST_TABLES).stream()
                .filter(table -> table.missing() + table.extra() + table.changed() > 0)
                .toList();
    }

    private ComparisonRow load(String id, int number) {
        return comparisons
                .findNumber(id, number)
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.COMPARISON_NOT_FOUND, "The task has no comparison " + number + "."));
    }

    /** Takes what apply-service has reported; what is about a comparison that has ended changes nothing. */
    public void fold(String id, Fact.ComparisonProgress fact) {
        openOne(id, fact.number()).ifPresent(row -> {
            begun(row);
            results.put(id, row.number, fact.tables());
        });
    }

    public void fold(String id, Fact.ObjectsCompared fact) {
        openOne(id, fact.number()).ifPresent(row -> {
            begun(row);
            row.objectsCompared = fact.objects();
            row.objectsDifferent = fact.total();
            results.putObjects(id, row.number, fact.from(), fact.differences());
        });
    }

    public void fold(String id, Fact.ComparisonEnded fact) {
        if (openOne(id, fact.number()).isEmpty()) {
            return;
        }
        tasks.lockSubject(id);
        openOne(id, fact.number()).ifPresent(row -> {
            begun(row);
            row.state = fact.code() == null ? ComparisonState.COMPLETED : ComparisonState.FAILED;
            row.errorCode = fact.code();
            row.errorDetail = fact.detail();
            row.endedAt = clock.instant();
            comparisons.flush();
            tasks.repeatOrder(id);
            publish(row);
        });
    }

    private void publish(ComparisonRow row) {
        ComparisonView view = ComparisonViews.whole(row, results);
        if (view.result() == null) {
            return;
        }
        tasks.publish(
                row.taskId,
                ComparisonViews.told(row, view),
                "comparison " + row.number + " of " + row.kind + ": " + view.result());
    }

    private Optional<ComparisonRow> openOne(String id, int number) {
        return comparisons.findNumber(id, number).filter(row -> row.state.open());
    }

    private void begun(ComparisonRow row) {
        if (row.state == ComparisonState.REQUESTED) {
            row.state = ComparisonState.RUNNING;
            row.startedAt = clock.instant();
        }
    }

    List<String> tasksWithOldOnes() {
        return comparisons.tasksWithMoreThan(KEPT);
    }

    /**
     * Deletes old comparisons, at most so many, and returns how many there were.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}
     */
    int deleteOld(String id, int limit) {
        tasks.lockSubject(id);
        return comparisons.deleteOld(id, KEPT, limit);
    }

    /** Begins comparisons whose time has come; one that cannot begin yet waits. */
    void beginDue(int limit) {
        Instant now = clock.instant();
        for (ComparisonRow due : comparisons.due(now, limit)) {
            ComparisonTasks.Subject subject = tasks.lockSubject(due.taskId);
            comparisons.getEntityManager().refresh(due);
            if (due.state != ComparisonState.SCHEDULED) {
                continue;
            }
            boolean busy = comparisons.openOf(due.taskId).stream().anyMatch(row -> row.kind == due.kind);
            try {
                ComparisonRules.requireComparable(subject.status());
            } catch (SluiceException e) {
                skip(due, e, now);
                continue;
            }
            if (!busy) {
                due.state = ComparisonState.REQUESTED;
                follow(due, now);
                comparisons.flush();
                tasks.repeatOrder(due.taskId);
            }
        }
    }

    private void skip(ComparisonRow due, SluiceException why, Instant now) {
        due.state = ComparisonState.FAILED;
        due.errorCode = why.code();
        due.errorDetail = why.getMessage();
        due.endedAt = now;
        follow(due, now);
    }
}
