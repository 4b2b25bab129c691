package io.sluice.task.objects;

import io.sluice.contracts.task.TaskSpec;

/** What browsing a source asks of the stored tasks. */
public interface SourceTasks {

    /** @throws io.sluice.contracts.error.SluiceException {@code TASK_NOT_FOUND} */
    TaskSpec loadSpec(String id);
}
