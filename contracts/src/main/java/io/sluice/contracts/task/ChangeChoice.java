package io.sluice.contracts.task;

import java.util.List;

/**
 * Which changes are applied, and how.
 *
 * @param operations sorted; the others are left out
 * @param lanes how many transactions of the target at a time, 1-64
 */
public record ChangeChoice(List<Operation> operations, Conflict conflict, int lanes) {

    public static final ChangeChoice DEFAULT = new ChangeChoice(
            List.of(Operation.INSERT, Operation.UPDATE, Operation.DELETE, Operation.TRUNCATE), Conflict.OVERWRITE, 1);

    public ChangeChoice {
        operations = operations.stream().distinct().sorted().toList();
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
}
