package io.sluice.apply.exception;

import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An error that belongs to one table, as an open exception.
 *
 * @param statement the command that was not carried over; null when it was none
 * @param position of the command or change; without an order when it is not one change, and then where the table stands
 */
public record Suspension(
        long number,
        TableName table,
        ErrorCode code,
        String detail,
        @Nullable String statement,
        ChangePosition position,
        Instant since,
        @Nullable Wish wish) {

    /** There is a change that can be left out. */
    boolean ofOneChange() {
        return position.order() > 0;
    }

    /** For whoever shows it. */
    public Fact.Suspension fact() {
        return new Fact.Suspension(
                code,
                detail,
                statement,
                position.commitLsn().toString(),
                position.xid(),
                position.order(),
                since,
                number);
    }
}
