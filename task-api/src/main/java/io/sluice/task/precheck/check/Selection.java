package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;

/** Whether a task's patterns choose a table. */
public final class Selection {

    private Selection() {}

    public static boolean chosen(TaskSpec spec, TableName name) {
        return spec.include().stream().anyMatch(pattern -> pattern.matches(name))
                && spec.exclude().stream().noneMatch(pattern -> pattern.matches(name));
    }
}
