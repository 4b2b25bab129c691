package io.sluice.contracts.task;

import io.sluice.contracts.errand.Errand;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * One record of {@code sluice.tasks}: what task-api wants of the services for one task. The newest generation counts.
 *
 * @param generation grows with every order of the task; reports carry it back
 * @param tables the tables that the patterns matched when the task was started, with those that were added and without those
 *     that were removed since; sorted, the same for source and target
 * @param begun apply has begun to fill the target: what both services keep for the task must be there, and its loss is an
 *     error; an order is repeated with the same generation when this becomes true
 * @param dropTables of a DELETE: also the tables that Sluice made on the target
 * @param errands what is to be done beside the run; an order is repeated with the same generation when they change
 * @param selection grows with every change of the tables; 0 as long as they are those of the start
 * @param loads the newest request for each table that was added or is to be loaded again
 * @param start the generation of the first order since the task was made or reset: what the target keeps of an older one is
 *     from before the reset; 0 when that is not known
 * @param anew of a DELETE: the task goes on. What is kept for it on the target stays, and the next order loads every table
 *     again, with a new slot and a new topic
 * @param renames up to which renaming at the source spec and tables have the new names ({@link
 *     io.sluice.contracts.change.SourceObject#rename}); 0 before the first
 */
public record TaskOrder(
        String taskId,
        long generation,
        Phase phase,
        TaskSpec spec,
        List<TableName> tables,
        Instant at,
        boolean begun,
        boolean dropTables,
        List<Errand> errands,
        long selection,
        List<LoadRequest> loads,
        long start,
        boolean anew,
        long renames) {

    public TaskOrder {
        errands = List.copyOf(Objects.requireNonNullElse(errands, List.of()));
        loads = List.copyOf(Objects.requireNonNullElse(loads, List.of()));
    }

    /** One whose tables are those of the start. */
    public TaskOrder(
            String taskId,
            long generation,
            Phase phase,
            TaskSpec spec,
            List<TableName> tables,
            Instant at,
            boolean begun,
            boolean dropTables,
            List<Errand> errands) {
        this(taskId, generation, phase, spec, tables, at, begun, dropTables, errands, 0, List.of(), 0, false, 0);
    }

    /** One that drops no table of the target, without errands. */
    public TaskOrder(
            String taskId,
            long generation,
            Phase phase,
            TaskSpec spec,
            List<TableName> tables,
            Instant at,
            boolean begun) {
        this(taskId, generation, phase, spec, tables, at, begun, false, List.of());
    }

    /** For a task that has filled nothing yet. */
    public TaskOrder(String taskId, long generation, Phase phase, TaskSpec spec, List<TableName> tables, Instant at) {
        this(taskId, generation, phase, spec, tables, at, false);
    }
}
