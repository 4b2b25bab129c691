package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Phase;

/** What each action of a user makes of a task. */
public final class Commands {

    private Commands() {}

    /** @throws SluiceException {@code TASK_STATE} when the task is in no state for it, or is being deleted */
    public static Outcome carryOut(TaskStatus now, TaskAction action) {
        action.requireAllowedIn(now.state());
        if (now.phase() == Phase.DELETE && action != TaskAction.DELETE) {
            throw new SluiceException(ErrorCode.TASK_STATE, "The task is being deleted.");
        }
        return switch (action) {
            case START ->
                move(now.afresh().moved(TaskState.STARTING, null), now, action).order(Phase.RUN);
            case PAUSE ->
                move(now.moved(TaskState.PAUSED, now.state()), now, action).order(Phase.PAUSE);
            case RESUME -> move(now.moved(resumed(now), null), now, action).order(Phase.RUN);
            case STOP -> stop(now, action, TaskState.STOPPING);
            case FORCE_STOP -> stop(now, action, TaskState.COMPLETED);
            case DELETE -> Outcome.of(now).note(Note.userAction("delete")).order(Phase.DELETE);
        };
    }

    /** The newest order once more, as a newer one: what it says of the task has another form, and the same meaning. */
    public static Outcome repeat(TaskStatus now) {
        Phase phase = now.phase();
        return phase == null ? Outcome.of(now) : Outcome.of(now).order(phase);
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
