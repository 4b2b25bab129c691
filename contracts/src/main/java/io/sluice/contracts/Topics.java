package io.sluice.contracts;

/** Names on the bus, and the names that a task has at its source. */
public final class Topics {

    /** Orders, compacted, keyed by task id. */
    public static final String TASKS = "sluice.tasks";

    /** What capture and apply saw, keyed by task id. */
    public static final String REPORTS = "sluice.reports";

    /** Task history and alarms for the notifier, keyed by task id. */
    public static final String EVENTS = "sluice.events";

    /** API tokens by their hash, sealed, compacted, keyed by token id. */
    public static final String TOKENS = "sluice.tokens";

    private Topics() {}

    /** The change topic of a task; a public contract, see {@code docs/change-events.md}. */
    public static String changes(String taskId) {
        return "sluice.changes." + taskId;
    }

    /** Rows of a task's tables for those who read its changes; a public contract, too. */
    public static String snapshots(String taskId) {
        return "sluice.snapshot." + taskId;
    }

    /** The replication slot of a task; slot names allow lower-case letters, digits and underscores only. */
    public static String slot(String taskId) {
        return "sluice_" + taskId.replace("-", "");
    }

    /** The publication of a task. */
    public static String publication(String taskId) {
        return slot(taskId);
    }
}
