package io.sluice.apply.position;

import io.sluice.contracts.task.TableName;

/**
 * How far a table is that is loaded while the task runs, or was suspended.
 *
 * @param number of the request that it answers; 0 when it was only ever loaded with the task
 * @param nextOffset while it is apart: the record of the change topic from which on its changes are not on the target
 */
public record TableTurn(TableName table, long number, Step step, long nextOffset) {

    /** The steps of a turn, in order; stored by name. */
    public enum Step {
        /** What the target holds of it is to be removed. */
        EMPTY,
        /** Rows are copied, then the changes since are caught up with. */
        LOAD,
        /** Its changes are passed over, since an error of the table, until a user has it go on. */
        SUSPENDED,
        /** What was passed over is caught up with, without a copy. */
        RETURNING,
        /** The stream carries the table; what needs all rows is still to be made. */
        JOINED,
        DONE;

        /** The stream passes the table's changes over. */
        public boolean apart() {
            return compareTo(JOINED) < 0;
        }
    }
}
