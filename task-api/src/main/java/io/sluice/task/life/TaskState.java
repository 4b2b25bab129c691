package io.sluice.task.life;

import io.sluice.contracts.event.TaskEvent.Health;

/** Where a task is, as users see it. */
public enum TaskState {
    CONFIGURATION,
    PENDING_START,
    STARTING,
    FULL_SYNC,
    INCREMENTAL_SYNC,
    STOPPING,
    COMPLETED,
    PAUSED,
    START_FAILED,
    FULL_SYNC_FAILED,
    INCREMENTAL_SYNC_FAILED,
    STOP_FAILED;

    public boolean failed() {
        return switch (this) {
            case START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED, STOP_FAILED -> true;
            case CONFIGURATION, PENDING_START, STARTING, FULL_SYNC, INCREMENTAL_SYNC, STOPPING, COMPLETED, PAUSED ->
                false;
        };
    }

    /** The services are to move data. */
    public boolean running() {
        return this == STARTING || this == FULL_SYNC || this == INCREMENTAL_SYNC;
    }

    /** Nothing moves until somebody acts. */
    public boolean idle() {
        return this == PAUSED || failed();
    }

    /** What a failure makes of a running state. */
    TaskState whenFailed() {
        return switch (this) {
            case STARTING -> START_FAILED;
            case FULL_SYNC -> FULL_SYNC_FAILED;
            case INCREMENTAL_SYNC -> INCREMENTAL_SYNC_FAILED;
            case STOPPING -> STOP_FAILED;
            case CONFIGURATION,
                    PENDING_START,
                    COMPLETED,
                    PAUSED,
                    START_FAILED,
                    FULL_SYNC_FAILED,
                    INCREMENTAL_SYNC_FAILED,
                    STOP_FAILED -> this;
        };
    }

    /** The running state in which a failed one goes on. */
    TaskState whenResumed() {
        return switch (this) {
            case START_FAILED -> STARTING;
            case FULL_SYNC_FAILED -> FULL_SYNC;
            case INCREMENTAL_SYNC_FAILED -> INCREMENTAL_SYNC;
            case CONFIGURATION,
                    PENDING_START,
                    STARTING,
                    FULL_SYNC,
                    INCREMENTAL_SYNC,
                    STOPPING,
                    COMPLETED,
                    PAUSED,
                    STOP_FAILED -> this;
        };
    }

    /** What the state alone means to an alert. */
    Health health() {
        return failed() ? Health.ABNORMAL : Health.HEALTHY;
    }
}
