package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import org.jspecify.annotations.Nullable;

/** One line of a task's history. */
public record Note(Kind kind, @Nullable ErrorCode code, String detail) {

    /** What a line tells. */
    public enum Kind {
        USER_ACTION,
        STATE_CHANGED,
        RETRYING,
        RECOVERED,
        /** A table that came to the running task, or was loaded again, is in step with the others. */
        TABLE_LOADED,
        /** Something went wrong that did not change the state. */
        ERROR,
        /** It will be stopped by itself within a day. */
        AUTO_STOP_WARNING,
        /** It was stopped by itself. */
        AUTO_STOPPED
    }

    public static Note userAction(String detail) {
        return new Note(Kind.USER_ACTION, null, detail);
    }

    static Note stateChanged(TaskState from, TaskState to) {
        return new Note(Kind.STATE_CHANGED, null, from + " to " + to);
    }
}
