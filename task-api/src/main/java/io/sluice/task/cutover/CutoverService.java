package io.sluice.task.cutover;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.Errand.FinalComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.http.access.CurrentCaller;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Cutovers of tasks; each method is one transaction. */
@ApplicationScoped
@Transactional
public class CutoverService {

    private static final long LARGEST_MARGIN = 1_000_000_000_000L;
    private static final int MOST_ROLES = 100;

    /** In bytes; a server's own names are no longer. */
    private static final int LONGEST_NAME = 63;

    private final CutoverTasks tasks;
    private final CutoverErrands cutovers;
    private final CurrentCaller callers;
    private final Clock clock;

    CutoverService(CutoverTasks tasks, CutoverErrands cutovers, CurrentCaller callers, Clock clock) {
        this.tasks = tasks;
        this.cutovers = cutovers;
        this.callers = callers;
        this.clock = clock;
    }

    /** A cutover and its task, to be shown once the transaction has ended. */
    record Found(CutoverRow row, CutoverTasks.Subject subject) {}

    /**
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code VALIDATION_FAILED}, {@code
     *     CUTOVER_RUNNING}
     */
    Found begin(String id, CutoverRequest request) {
        CutoverTasks.Subject subject = tasks.lockForCutover(id);
        if (subject.status().state() != TaskState.INCREMENTAL_SYNC) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is in " + subject.status().state() + "; cutover is possible in INCREMENTAL_SYNC.");
        }
        check(request);
        cutovers.requireNone(id);
        tasks.requireInStep(id);
        int number = cutovers.nextNumber(id);
        CutoverRow row = new CutoverRow();
        row.taskId = id;
        row.number = number;
        row.request = Json.write(new Errand.Cutover(
                number,
                Boolean.TRUE.equals(request.readOnlySource()),
                Boolean.TRUE.equals(request.endSessions()),
                Objects.requireNonNullElse(request.endSessionsOf(), List.of()),
                Objects.requireNonNullElse(request.compare(), FinalComparison.RECENT),
                Objects.requireNonNullElse(request.sequenceMargin(), 0L),
                false));
        row.requestedAt = clock.instant();
        row.requestedBy = callers.get().name();
        cutovers.persist(row);
        tasks.noteUserAction(id, "cutover");
        cutovers.flush();
        tasks.repeatOrder(id);
        return new Found(row, subject);
    }

    private static void check(CutoverRequest request) {
        FieldErrors errors = new FieldErrors();
        if (Boolean.TRUE.equals(request.endSessions()) && !Boolean.TRUE.equals(request.readOnlySource())) {
            errors.invalid(
                    "endSessions", "needs readOnlySource: sessions that are ended would come back and write again.");
        }
        checkRoles(request, errors);
        Long margin = request.sequenceMargin();
        if (margin != null && (margin < 0 || margin > LARGEST_MARGIN)) {
            errors.invalid("sequenceMargin", "must be between 0 and " + LARGEST_MARGIN + ".");
        }
        errors.throwIfAny();
    }

    private static void checkRoles(CutoverRequest request, FieldErrors errors) {
        List<@Nullable String> roles = Objects.requireNonNullElse(request.endSessionsOf(), List.of());
        if (roles.isEmpty()) {
            return;
        }
        if (!Boolean.TRUE.equals(request.endSessions())) {
            errors.invalid("endSessionsOf", "needs endSessions.");
        } else if (roles.size() > MOST_ROLES) {
            errors.invalid("endSessionsOf", "may have at most " + MOST_ROLES + " roles.");
        } else if (roles.stream().anyMatch(role -> role == null || !isName(role))) {
            errors.invalid("endSessionsOf", "must hold names of roles, of 1 to " + LONGEST_NAME + " bytes each.");
        }
    }

    private static boolean isName(String role) {
        int length = role.getBytes(StandardCharsets.UTF_8).length;
        return length > 0 && length <= LONGEST_NAME && role.indexOf('\0') < 0;
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code CUTOVER_NOT_FOUND} */
    Found latest(String id) {
        CutoverTasks.Subject subject = tasks.loadForCutover(id);
        return new Found(load(id), subject);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code CUTOVER_NOT_FOUND}, {@code TASK_STATE} past the fence */
    Found abort(String id) {
        CutoverTasks.Subject subject = tasks.lockForCutover(id);
        CutoverRow row = load(id);
        if (!row.state.open()) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The cutover is " + row.state + " and cannot be aborted any more.");
        }
        if (row.state == CutoverState.RUNNING) {
            row.state = CutoverState.ABORTING;
            tasks.noteUserAction(id, "abort cutover");
            cutovers.flush();
            tasks.repeatOrder(id);
        }
        return new Found(row, subject);
    }

    private CutoverRow load(String id) {
        return cutovers.newest(id)
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.CUTOVER_NOT_FOUND,
                        "The task has no cutover. Begin one with POST /api/v1/tasks/" + id + "/cutover."));
    }

    /** Takes what apply-service has reported; what is about a cutover that has ended changes nothing. */
    public void fold(String id, Fact.CutoverProgress fact) {
        if (cutovers.findNumber(id, fact.number())
                .filter(row -> row.state.open())
                .isEmpty()) {
            return;
        }
        tasks.lockForCutover(id);
        cutovers.findNumber(id, fact.number()).filter(row -> row.state.open()).ifPresent(row -> {
            row.steps = Json.write(fact.steps());
            switch (fact.state()) {
                case RUNNING -> {}
                case ABORTED -> end(row, CutoverState.ABORTED);
                case FAILED -> end(row, CutoverState.FAILED);
                case FENCED -> {
                    row.state = CutoverState.FENCED;
                    row.endedAt = clock.instant();
                    cutovers.flush();
                    tasks.cutOver(id);
                }
            }
        });
    }

    private void end(CutoverRow row, CutoverState state) {
        row.state = state;
        row.endedAt = clock.instant();
        cutovers.flush();
        tasks.repeatOrder(row.taskId);
    }
}
