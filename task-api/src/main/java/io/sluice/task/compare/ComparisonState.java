package io.sluice.task.compare;

/** The life of a comparison; stored by name. */
enum ComparisonState {
    /** It waits for its time. */
    SCHEDULED,
    /** It waits for the service that makes it. */
    REQUESTED,
    RUNNING,
    /** Every table has ended, each with a result of its own. */
    COMPLETED,
    /** Nothing could be compared. */
    FAILED,
    CANCELLED;

    /** The service has it. */
    boolean open() {
        return this == REQUESTED || this == RUNNING;
    }

    boolean ended() {
        return !open() && this != SCHEDULED;
    }
}
