package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What each report makes of a task. Reports may be lost, repeated and late: one of an older generation changes nothing,
 * and a repeated one nothing more than the first.
 */
public final class Reports {

    private Reports() {}

    public static Outcome fold(TaskStatus now, TaskReport report, SyncMode mode) {
        if (report.generation() < now.generation() || !now.started()) {
            return Outcome.of(now);
        }
        return switch (report.fact()) {
            case Fact.StepReached reached -> reached(recovered(now, report.service()), reached.step(), mode);
            case Fact.Retrying retrying -> retrying(now, report.service(), retrying);
            case Fact.Recovered ignored -> recovered(now, report.service());
            case Fact.Failed failed -> failed(now, report, failed);
            case Fact.Ended ended -> ended(now, report, ended.leftovers(), mode.streams());
            case Fact.LoadProgress ignored -> Outcome.of(now);
            case Fact.CapturePosition ignored -> Outcome.of(now);
            case Fact.ApplyPosition ignored -> Outcome.of(now);
            case Fact.ComparisonProgress ignored -> Outcome.of(now);
            case Fact.ObjectsCompared ignored -> Outcome.of(now);
            case Fact.ComparisonEnded ignored -> Outcome.of(now);
            case Fact.CutoverProgress ignored -> Outcome.of(now);
            case Fact.RepairProgress ignored -> Outcome.of(now);
            case Fact.SnapshotProgress ignored -> Outcome.of(now);
            case Fact.StructureProgress ignored -> Outcome.of(now);
            case Fact.TablesRenamed ignored -> Outcome.of(now);
        };
    }

    /** Forward only: a service that was restarted reports its earlier steps again. */
    private static Outcome reached(Outcome sofar, Step step, SyncMode mode) {
        TaskStatus now = sofar.status();
        if (step == Step.CAPTURING || now.phase() != Phase.RUN) {
            return sofar;
        }
        TaskStatus next = now.reached(step);
        return switch (step) {
            case CAPTURING, STRUCTURE -> with(sofar, next);
            case LOADING -> to(sofar, next, TaskState.FULL_SYNC);
            case LOADED ->
                mode.streams()
                        ? to(sofar, next, TaskState.FULL_SYNC)
                        : to(sofar, next, TaskState.COMPLETED).order(Phase.STOP);
            case APPLYING -> to(sofar, next, TaskState.INCREMENTAL_SYNC);
        };
    }

    private static Outcome to(Outcome sofar, TaskStatus next, TaskState state) {
        TaskState from = next.state();
        if (!from.running() || from.compareTo(state) >= 0) {
            return with(sofar, next);
        }
        return with(sofar, next.advanced(state)).note(Note.stateChanged(from, state));
    }

    private static Outcome with(Outcome sofar, TaskStatus status) {
        return new Outcome(status, sofar.order(), sofar.notes());
    }

    private static Outcome retrying(TaskStatus now, Service service, Fact.Retrying fact) {
        Retry before = now.retry(service);
        Retry retry = new Retry(fact.since(), fact.until(), fact.code(), fact.detail());
        Outcome outcome = Outcome.of(now.retrying(service, retry));
        boolean known = before != null && before.code() == retry.code();
        return known ? outcome : outcome.note(new Note(Note.Kind.RETRYING, fact.code(), fact.detail()));
    }

    private static Outcome recovered(TaskStatus now, Service service) {
        Retry before = now.retry(service);
        if (before == null) {
            return Outcome.of(now);
        }
        return Outcome.of(now.retrying(service, null))
                .note(new Note(Note.Kind.RECOVERED, before.code(), "goes on after " + before.code()));
    }

    /** A paused task fails as the state that it left would have, since resuming it will meet the same failure. */
    private static Outcome failed(TaskStatus now, TaskReport report, Fact.Failed fact) {
        TaskError error = new TaskError(fact.code(), fact.detail(), report.at());
        TaskState from = now.left() == null ? now.state() : now.left();
        TaskState to = from.whenFailed();
        if (now.phase() == Phase.DELETE || !to.failed()) {
            return Outcome.of(now).note(new Note(Note.Kind.ERROR, fact.code(), fact.detail()));
        }
        if (to == now.state()) {
            boolean known = now.error() != null && now.error().code() == error.code();
            return known
                    ? Outcome.of(now)
                    : Outcome.of(now.failed(to, error)).note(new Note(Note.Kind.ERROR, fact.code(), fact.detail()));
        }
        Outcome outcome = Outcome.of(now.failed(to, error)).note(changed(now.state(), to, fact.code(), fact.detail()));
        // A failed stop stays ordered: it is done as soon as it can be.
        return to == TaskState.STOP_FAILED ? outcome : outcome.order(Phase.PAUSE);
    }

    private static Outcome ended(TaskStatus now, TaskReport report, List<Leftover> leftovers, boolean streams) {
        if (now.phase() != Phase.STOP && now.phase() != Phase.DELETE) {
            return Outcome.of(now);
        }
        Service service = report.service();
        boolean repeated = (service == Service.CAPTURE ? now.captureEnded() : now.applyEnded()) != null;
        Outcome outcome = Outcome.of(now.ended(service, leftovers));
        if (!leftovers.isEmpty() && !repeated) {
            outcome = outcome.note(new Note(Note.Kind.ERROR, null, "could not be removed: " + text(leftovers)));
        }
        if (now.resetting()) {
            return reset(outcome, streams, report.at());
        }
        if (now.phase() == Phase.DELETE || !outcome.status().ended(streams)) {
            return outcome;
        }
        if (now.state() == TaskState.COMPLETED) {
            return outcome.order(Phase.IDLE);
        }
        List<Leftover> left = outcome.status().leftovers();
        if (!left.isEmpty()) {
            TaskError error = new TaskError(
                    ErrorCode.CLEANUP_INCOMPLETE,
                    "could not be removed: " + text(left) + ". Mend the cause (a database that cannot be reached is"
                            + " tried for half a minute only) and stop the task again, or remove it by hand and stop"
                            + " with force.",
                    report.at());
            return with(outcome, outcome.status().failed(TaskState.STOP_FAILED, error))
                    .note(changed(now.state(), TaskState.STOP_FAILED, error.code(), error.detail()));
        }
        return with(outcome, outcome.status().moved(TaskState.COMPLETED, null))
                .note(Note.stateChanged(now.state(), TaskState.COMPLETED))
                .order(Phase.IDLE);
    }

    /**
     * Not while apply has left something: with old bookkeeping on the target the next start would take the load for done.
     * What capture leaves on the source cannot do that; a slot that does not fit is found at the next start.
     */
    private static Outcome reset(Outcome sofar, boolean streams, Instant at) {
        TaskStatus now = sofar.status();
        List<Leftover> onTarget = now.applyEnded();
        if (!now.ended(streams) || onTarget == null) {
            return sofar;
        }
        if (!onTarget.isEmpty()) {
            return with(
                    sofar,
                    now.withError(new TaskError(
                            ErrorCode.CLEANUP_INCOMPLETE,
                            "The task is not reset, since something could not be removed: " + text(onTarget)
                                    + ". Mend the cause, or remove it by hand, and reset the task again.",
                            at)));
        }
        Outcome idle = sofar.note(Note.stateChanged(now.state(), TaskState.CONFIGURATION))
                .order(Phase.IDLE);
        return with(idle, idle.status().unstarted());
    }

    /** What is left, why, and the SQL against it. */
    static String text(List<Leftover> leftovers) {
        return leftovers.stream()
                .map(leftover -> leftover.what() + " (" + leftover.reason() + ")"
                        + (leftover.sql() == null ? "" : ", remove it with: " + leftover.sql()))
                .collect(Collectors.joining("; "));
    }

    private static Note changed(TaskState from, TaskState to, ErrorCode code, String detail) {
        return new Note(Note.Kind.STATE_CHANGED, code, from + " to " + to + ": " + detail);
    }
}
