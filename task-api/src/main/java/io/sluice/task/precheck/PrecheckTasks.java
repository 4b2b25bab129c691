package io.sluice.task.precheck;

import io.sluice.contracts.task.TaskSpec;

/** What prechecks ask of the stored tasks. */
public interface PrecheckTasks {

    /**
     * The specification as it is stored; another text whenever it was changed.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}
     */
    String loadStored(String id);

    /**
     * A task that could be started.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}
     */
    Candidate loadCandidate(String id);

    /** @param stored as {@link #loadStored} */
    record Candidate(TaskSpec spec, String stored) {}
}
