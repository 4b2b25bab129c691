package io.sluice.contracts.task;

import java.time.Instant;
import java.util.List;

/**
 * One record of {@code sluice.tasks}: what task-api wants of the services for one task. The newest generation counts.
 *
 * @param generation grows with every order of the task; reports carry it back
 * @param tables the tables that the patterns matched when the task was started, sorted; fixed for source and target
 * @param begun apply has begun to fill the target: what both services keep for the task must be there, and its loss is an
 *     error; an order is repeated with the same generation when this becomes true
 */
public record TaskOrder(
        String taskId, long generation, Phase phase, TaskSpec spec, List<TableName> tables, Instant at, boolean begun) {

    /** For a task that has filled nothing yet. */
    public TaskOrder(String taskId, long generation, Phase phase, TaskSpec spec, List<TableName> tables, Instant at) {
        this(taskId, generation, phase, spec, tables, at, false);
    }
}
