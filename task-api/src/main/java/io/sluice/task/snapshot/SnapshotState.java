package io.sluice.task.snapshot;

/** The life of a snapshot; stored by name. */
enum SnapshotState {
    /** Being read, or to be begun. */
    RUNNING,
    /** Its end is in the topic. */
    COMPLETED,
    /** It could not be taken. */
    FAILED,
    /** Somebody did not want it any more, or the task ended first. */
    CANCELLED
}
