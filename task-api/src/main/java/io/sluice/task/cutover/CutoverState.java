package io.sluice.task.cutover;

/** Where a cutover is as a whole; stored by name. */
enum CutoverState {
    RUNNING,
    /** It is being undone, if the fence was not reached. */
    ABORTING,
    ABORTED,
    FAILED,
    /** Nothing is written to the target for the task any more; what is left is to end it. */
    FENCED,
    /** The task is completed. */
    COMPLETED;

    boolean open() {
        return this == RUNNING || this == ABORTING;
    }
}
