package io.sluice.task.compare;

/** The life of a repair; stored by name. */
enum RepairState {
    RUNNING,
    /** Something has become of every row. */
    COMPLETED,
    /** It could not go on; what it had done by then stays. */
    FAILED,
    /** The task ended first. */
    CANCELLED
}
