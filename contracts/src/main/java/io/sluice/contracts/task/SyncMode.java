package io.sluice.contracts.task;

/** What a task does. */
public enum SyncMode {
    /** Load, then every change until the user stops or cuts over. */
    FULL_AND_INCREMENTAL,
    /** Load once and complete. */
    FULL,
    /** Changes only. */
    INCREMENTAL;

    /** Structure and rows are moved before any change. */
    public boolean loads() {
        return this != INCREMENTAL;
    }

    public boolean streams() {
        return this != FULL;
    }
}
