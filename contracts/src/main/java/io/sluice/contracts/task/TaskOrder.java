package io.sluice.contracts.task;

import java.time.Instant;
import java.util.List;

/**
 * One record of {@code sluice.tasks}: what task-api wants of the services for one task. The newest generation counts.
 *
 * @param generation grows with every order of the task; reports carry it back
 * @param tables the tables that the patterns matched when the task was started, sorted; fixed for source and target
 */
public record TaskOrder(
        String taskId, long generation, Phase phase, TaskSpec spec, List<TableName> tables, Instant at) {}
