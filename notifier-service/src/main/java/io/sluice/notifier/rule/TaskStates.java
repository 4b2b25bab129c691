package io.sluice.notifier.rule;

import java.util.Set;

/** States of a task by the names of the REST contract. */
final class TaskStates {

    static final String LOADING = "FULL_SYNC";
    static final String STREAMING = "INCREMENTAL_SYNC";
    static final String STOPPING = "STOPPING";

    private static final Set<String> AT_REST = Set.of("CONFIGURATION", "PENDING_START", "COMPLETED");
    private static final Set<String> UNSTARTED = Set.of("CONFIGURATION", "PENDING_START");
    private static final Set<String> IDLE =
            Set.of("PAUSED", "START_FAILED", "FULL_SYNC_FAILED", "INCREMENTAL_SYNC_FAILED", "STOP_FAILED");

    private TaskStates() {}

    /** Before its start or after its end: no figures come, and nothing can be wrong. */
    static boolean atRest(String state) {
        return AT_REST.contains(state);
    }

    static boolean unstarted(String state) {
        return UNSTARTED.contains(state);
    }

    /** Nothing moves until somebody acts. */
    static boolean idle(String state) {
        return IDLE.contains(state);
    }
}
