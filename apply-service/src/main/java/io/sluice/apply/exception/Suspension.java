package io.sluice.apply.exception;

import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
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

    /** What is to be done about it. */
    enum Answer {
        NOTHING,
        /** The table goes on from where it stands. */
        GO_ON,
        /** The change is left out for good. */
        LEAVE_OUT,
        /** There is no change to be left out. */
        DECLINE,
        /** The stream has got over it. */
        OVER
    }

    /**
     * @param step of the table
     * @param applied up to here the stream has applied everything of the tables that it carries
     */
    Answer answer(Step step, Lsn applied) {
        if (step == Step.SUSPENDED) {
            if (wish == Wish.SKIP) {
                return ofOneChange() ? Answer.LEAVE_OUT : Answer.DECLINE;
            }
            return wish == null ? Answer.NOTHING : Answer.GO_ON;
        }
        if (step.apart()) {
            return Answer.NOTHING;
        }
        if (applied.isAfter(position.commitLsn())) {
            return Answer.OVER;
        }
        return wish == Wish.SKIP ? Answer.LEAVE_OUT : Answer.NOTHING;
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
