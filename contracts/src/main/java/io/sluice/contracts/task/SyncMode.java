package io.sluice.contracts.task;

/** What a task does. */
public enum SyncMode {
    /** Load, then every change until the user stops or cuts over. */
    FULL_AND_INCREMENTAL,
    /** Load once and complete. */
    FULL,
    /** Changes only. */
    INCREMENTAL;

    public boolean streams() {
        return this != FULL;
    }
}
