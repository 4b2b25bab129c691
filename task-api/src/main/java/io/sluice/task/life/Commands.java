package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.Phase;
import java.time.Instant;
import java.util.List;

/** What each action of a user makes of a task. */
public final class Commands {

    private Commands() {}

    /** @throws SluiceException {@code TASK_STATE} when the task is in no state for it, or is being deleted */
    public static Outcome carryOut(TaskStatus now, TaskAction action) {
        action.requireAllowedIn(now.state());
        requireNotGoing(now, action);
        return switch (action) {
            case START ->
                move(now.afresh().moved(TaskState.STARTING, null), now, action).order(Phase.RUN);
            case SCHEDULE -> move(now.moved(TaskState.PENDING_START, null), now, action);
            case UNSCHEDULE ->
                Outcome.of(now.unstarted())
                        .note(Note.userAction("planned start taken back"))
                        .note(Note.stateChanged(now.state(), TaskState.CONFIGURATION));
            case PAUSE ->
                move(now.moved(TaskState.PAUSED, now.state()), now, action).order(Phase.PAUSE);
            // With every newer order, apply tries again what failed before.
            case RETRY_STRUCTURE ->
                Outcome.of(now.retriedAnew())
                        .note(Note.userAction("retry of the structure"))
                        .order(Phase.RUN);
            case OBJECTS, RELOAD -> tables(now, action.word());
            // What is asked for stands on the target, where apply finds it.
            case RETRY_EXCEPTION, SKIP_EXCEPTION -> Outcome.of(now).note(Note.userAction(action.word()));
            case RESUME -> resume(now, action);
            case STOP -> stop(now, action, TaskState.STOPPING);
            case FORCE_STOP -> stop(now, action, TaskState.COMPLETED);
            case RESET -> reset(now, action);
            // What had failed before is over; an error from now on is the deletion's.
            case DELETE ->
                Outcome.of(now.resetting(false).withError(null))
                        .note(Note.userAction("delete"))
                        .order(Phase.DELETE);
        };
    }

    /**
     * The user asks for other tables, or for some of them anew.
     *
     * @throws SluiceException {@code TASK_STATE}
     */
    public static Outcome changeTables(TaskStatus now, TaskAction action, String what) {
        action.requireAllowedIn(now.state());
        requireNotGoing(now, action);
        return tables(now, what);
    }

    private static Outcome tables(TaskStatus now, String what) {
        return Outcome.of(now.retriedAnew()).note(Note.userAction(what)).order(Phase.RUN);
    }

    /** The source has given tables other names, which the services are to be told back: whatever they do goes on. */
    public static Outcome renamed(TaskStatus now, String what) {
        Outcome outcome = Outcome.of(now).note(Note.userAction(what));
        Phase phase = now.phase();
        return phase == null || phase == Phase.IDLE ? outcome : outcome.order(phase);
    }

    /** Tables that were asked for while the task runs are in step with the others. */
    public static Outcome loaded(TaskStatus now, String tables) {
        return Outcome.of(now).note(new Note(Note.Kind.TABLE_LOADED, null, tables));
    }

    /**
     * The time of a delayed start has come.
     *
     * @throws SluiceException {@code TASK_STATE} when the task waits for no start
     */
    public static Outcome begin(TaskStatus now) {
        requirePending(now);
        return Outcome.of(now.afresh().moved(TaskState.STARTING, null))
                .note(Note.stateChanged(now.state(), TaskState.STARTING))
                .order(Phase.RUN);
    }

    /**
     * The user wants every table loaded again, with nothing left of how changes came so far.
     *
     * @throws SluiceException {@code TASK_STATE} also when it would not go on with changes
     */
    public static Outcome reloadAll(TaskStatus now) {
        TaskAction.RESUME.requireAllowedIn(now.state());
        // What could not be removed may be tried again.
        requireNotGoing(now, TaskAction.RESET);
        if (resumed(now) != TaskState.INCREMENTAL_SYNC) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "Tables can be loaded anew only by a task whose first load has ended. Reset it, and start it again.");
        }
        return Outcome.of(now.resetting(true))
                .note(Note.userAction("resume, with a reload of all tables"))
                .order(Phase.DELETE);
    }

    /** That is removed; it goes on from here. */
    public static Outcome beginAnew(TaskStatus now) {
        return Outcome.of(now.afresh().moved(TaskState.STARTING, null))
                .note(Note.stateChanged(now.state(), TaskState.STARTING))
                .order(Phase.RUN);
    }

    /**
     * The checks of a delayed start have failed.
     *
     * @throws SluiceException {@code TASK_STATE} when the task waits for no start
     */
    public static Outcome refuseStart(TaskStatus now, TaskError why) {
        requirePending(now);
        return Outcome.of(now.failed(TaskState.START_FAILED, why))
                .note(new Note(
                        Note.Kind.STATE_CHANGED,
                        why.code(),
                        now.state() + " to " + TaskState.START_FAILED + ": " + why.detail()));
    }

    /** The target is fenced: from whatever state, all that is left is to end the task at the source. */
    public static Outcome cutOver(TaskStatus now) {
        return Outcome.of(now.moved(TaskState.STOPPING, null))
                .note(Note.stateChanged(now.state(), TaskState.STOPPING))
                .order(Phase.STOP);
    }

    /** Something of the task's own accord could not be done. */
    public static Outcome problem(TaskStatus now, ErrorCode code, String what) {
        return Outcome.of(now).note(new Note(Note.Kind.ERROR, code, what));
    }

    /** A line for the history. */
    public static Outcome note(TaskStatus now, String what) {
        return Outcome.of(now).note(Note.userAction(what));
    }

    /** The user asks for something else; the services are told, and whatever they do goes on. */
    public static Outcome change(TaskStatus now, String what, boolean work) {
        Outcome outcome = Outcome.of(now).note(Note.userAction("change " + what));
        Phase phase = now.phase();
        if (!work || phase == null || phase == Phase.IDLE) {
            return outcome;
        }
        return Outcome.of(now.retriedAnew()).note(outcome.notes().getFirst()).order(phase);
    }

    /** Nobody has looked after the task for so long that it is stopped. */
    public static Outcome autoStop(TaskStatus now, int days) {
        TaskState to = now.started() ? TaskState.STOPPING : TaskState.COMPLETED;
        Outcome outcome = Outcome.of(now.moved(to, null))
                .note(new Note(
                        Note.Kind.AUTO_STOPPED,
                        null,
                        "stopped by itself after " + days + " days in " + now.state()
                                + "; its replication slot is dropped"))
                .note(Note.stateChanged(now.state(), to));
        return now.started() ? outcome.order(Phase.STOP) : outcome;
    }

    /** It comes to that within a day. */
    public static Outcome warnOfAutoStop(TaskStatus now, Instant when) {
        return Outcome.of(now)
                .note(new Note(
                        Note.Kind.AUTO_STOP_WARNING,
                        null,
                        "is in " + now.state() + " and will be stopped by itself at " + when
                                + ": resume it, or raise autoStopDays"));
    }

    /** A deletion is at its end, and nobody is there to be told what it leaves behind: the task stays to tell it. */
    public static Outcome leaveBehind(TaskStatus now, List<Leftover> leftovers, Instant at) {
        TaskError error = new TaskError(
                ErrorCode.CLEANUP_INCOMPLETE,
                "The task is not deleted, since something could not be removed: " + Reports.text(leftovers)
                        + ". Mend the cause, or remove it by hand, and delete the task again; it is gone then, whatever is"
                        + " left.",
                at);
        return Outcome.of(now.withError(error)).note(new Note(Note.Kind.ERROR, error.code(), error.detail()));
    }

    private static void requireNotGoing(TaskStatus now, TaskAction action) {
        if (now.deleting() && action != TaskAction.DELETE) {
            throw new SluiceException(ErrorCode.TASK_STATE, "The task is being deleted.");
        }
        boolean ofARun = switch (action) {
            case RESUME, PAUSE, RETRY_EXCEPTION, SKIP_EXCEPTION -> true;
            case START, SCHEDULE, UNSCHEDULE, RETRY_STRUCTURE, OBJECTS, RELOAD, STOP, FORCE_STOP, RESET, DELETE ->
                false;
        };
        if (now.resetting() && ofARun) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is being reset; wait until it is in CONFIGURATION, or reset it again.");
        }
    }

    private static void requirePending(TaskStatus now) {
        if (now.state() != TaskState.PENDING_START) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The task is in " + now.state() + " and waits for no start.");
        }
    }

    /** One that never got as far as an order begins where a delayed start does: with the checks. */
    private static Outcome resume(TaskStatus now, TaskAction action) {
        if (!now.started()) {
            return move(now.moved(TaskState.PENDING_START, null), now, action);
        }
        return move(now.moved(resumed(now), null), now, action).order(Phase.RUN);
    }

    private static Outcome reset(TaskStatus now, TaskAction action) {
        if (!now.started()) {
            return move(now.unstarted(), now, action);
        }
        return Outcome.of(now.resetting(true))
                .note(Note.userAction(action.word()))
                .order(Phase.DELETE);
    }

    /** The newest order once more, as a newer one: what it says of the task has another form, and the same meaning. */
    public static Outcome repeat(TaskStatus now) {
        Phase phase = now.phase();
        if (phase != null) {
            return Outcome.of(now).order(phase);
        }
        // After a reset the order to do nothing is still on the bus.
        return now.generation() == 0 ? Outcome.of(now) : new Outcome(now.orderedNothing(), Phase.IDLE, List.of());
    }

    private static Outcome stop(TaskStatus now, TaskAction action, TaskState to) {
        if (!now.started()) {
            return move(now.moved(TaskState.COMPLETED, null), now, action);
        }
        return move(now.moved(to, null), now, action).order(Phase.STOP);
    }

    private static TaskState resumed(TaskStatus now) {
        return now.left() == null ? now.state().whenResumed() : now.left();
    }

    private static Outcome move(TaskStatus next, TaskStatus now, TaskAction action) {
        String what = action == TaskAction.FORCE_STOP ? "stop, forced" : action.word();
        return Outcome.of(next).note(Note.userAction(what)).note(Note.stateChanged(now.state(), next.state()));
    }
}
