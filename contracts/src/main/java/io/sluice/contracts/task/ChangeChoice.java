package io.sluice.contracts.task;

import java.util.List;
import java.util.Objects;

/**
 * Which changes are applied, and how.
 *
 * @param operations sorted; the others are left out
 * @param lanes how many transactions of the target at a time, 1-64
 * @param tableError what an error stops that belongs to some tables
 */
public record ChangeChoice(List<Operation> operations, Conflict conflict, int lanes, TableError tableError) {

    public static final ChangeChoice DEFAULT = new ChangeChoice(
            List.of(Operation.INSERT, Operation.UPDATE, Operation.DELETE, Operation.TRUNCATE), Conflict.OVERWRITE, 1);

    public ChangeChoice {
        operations = operations.stream().distinct().sorted().toList();
        tableError = Objects.requireNonNullElse(tableError, TableError.STOP_TASK);
    }

    /** An error that belongs to some tables stops the task. */
    public ChangeChoice(List<Operation> operations, Conflict conflict, int lanes) {
        this(operations, conflict, lanes, TableError.STOP_TASK);
    }

    /** The same but for what an error of a table stops. */
    public ChangeChoice with(TableError other) {
        return new ChangeChoice(operations, conflict, lanes, other);
    }

    /** What a user can leave out. */
    public enum Operation {
        INSERT,
        UPDATE,
        DELETE,
        TRUNCATE,
        DDL
    }

    /** What a change does that meets a row of the target that it did not expect. */
    public enum Conflict {
        OVERWRITE,
        IGNORE,
        STOP
    }

    /** What an error stops that belongs to some tables, and that no retry mends. */
    public enum TableError {
        STOP_TASK,
        /** The changes of these tables are passed over from there on; all others go on. */
        SUSPEND_TABLE
    }
}
