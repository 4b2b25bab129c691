package io.sluice.task.life;

import static io.sluice.task.life.TaskState.COMPLETED;
import static io.sluice.task.life.TaskState.CONFIGURATION;
import static io.sluice.task.life.TaskState.FULL_SYNC;
import static io.sluice.task.life.TaskState.FULL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.PAUSED;
import static io.sluice.task.life.TaskState.PENDING_START;
import static io.sluice.task.life.TaskState.STARTING;
import static io.sluice.task.life.TaskState.START_FAILED;
import static io.sluice.task.life.TaskState.STOPPING;
import static io.sluice.task.life.TaskState.STOP_FAILED;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a user may do to a task, and in which states. */
public enum TaskAction {
    START(EnumSet.of(CONFIGURATION)),
    /** Start at a later time. */
    SCHEDULE(EnumSet.of(CONFIGURATION)),
    /** Take that back. */
    UNSCHEDULE(EnumSet.of(PENDING_START)),
    PAUSE(EnumSet.of(FULL_SYNC, INCREMENTAL_SYNC)),
    /** Try again what the target refused of the structure. */
    RETRY_STRUCTURE(EnumSet.of(FULL_SYNC, INCREMENTAL_SYNC)),
    /** Add or remove tables. */
    OBJECTS(EnumSet.of(INCREMENTAL_SYNC)),
    /** Load a table once more. */
    RELOAD(EnumSet.of(INCREMENTAL_SYNC)),
    /** Write a change once more that the target has refused. Apply does it, now or when the task is resumed. */
    RETRY_EXCEPTION(withARun()),
    /** Leave such a change out for good. */
    SKIP_EXCEPTION(withARun()),
    RESUME(EnumSet.of(PAUSED, START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED)),
    STOP(EnumSet.complementOf(EnumSet.of(COMPLETED, STOPPING))),
    /** Stop without waiting for the services; also the way out of a stop that nobody answers. */
    FORCE_STOP(EnumSet.complementOf(EnumSet.of(COMPLETED))),
    RESET(EnumSet.of(PAUSED, START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED, STOP_FAILED)),
    DELETE(EnumSet.of(CONFIGURATION, COMPLETED, START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED, STOP_FAILED));

    /** Never changed; error-prone cannot see that. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Set<TaskState> allowedIn;

    /** A run is there that writes to the target, or comes back with a resume. */
    private static Set<TaskState> withARun() {
        return EnumSet.of(
                STARTING, FULL_SYNC, INCREMENTAL_SYNC, PAUSED, START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED);
    }

    TaskAction(Set<TaskState> allowedIn) {
        this.allowedIn = Collections.unmodifiableSet(allowedIn);
    }

    public Set<TaskState> allowedIn() {
        return allowedIn;
    }

    /** As in the path of the request. */
    public String word() {
        return switch (this) {
            case SCHEDULE -> "start";
            case UNSCHEDULE -> "DELETE …/start";
            case FORCE_STOP -> "stop";
            case RETRY_STRUCTURE -> "structure/retries";
            case RETRY_EXCEPTION -> "exceptions/{n}/retry";
            case SKIP_EXCEPTION -> "exceptions/{n}/skip";
            case START, PAUSE, OBJECTS, RELOAD, RESUME, STOP, RESET, DELETE -> name().toLowerCase(Locale.ROOT);
        };
    }

    /**
     * @throws SluiceException {@code TASK_STATE} that names the states in which the action is possible, and what is offered
     *     instead
     */
    public void requireAllowedIn(TaskState state) {
        if (!allowedIn.contains(state)) {
            String states = allowedIn.stream().map(TaskState::name).collect(Collectors.joining(", "));
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is in " + state + "; " + word() + " is possible in " + states + ". Now it takes "
                            + offered(state) + ".");
        }
    }

    /** Never empty: a task that cannot be stopped can be deleted, or stopped with force. */
    private static String offered(TaskState state) {
        return Arrays.stream(values())
                .filter(action -> action.allowedIn.contains(state))
                .map(action -> action == FORCE_STOP ? "stop with force" : action.word())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
