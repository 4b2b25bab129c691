package io.sluice.apply.write;

import io.sluice.apply.batch.BatchPlanner;
import io.sluice.apply.batch.PlanMode;
import io.sluice.apply.batch.Step;
import io.sluice.apply.change.RowIdentity;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one change alone, and does what the task wants where a row is there or is not. Not thread-safe. */
final class SingleChange {

    private final Connection connection;
    private final ChangeRouter router;
    private final BatchPlanner planner;
    private final StepWriter steps;
    private final Conflict conflict;

    SingleChange(
            Connection connection, ChangeRouter router, BatchPlanner planner, StepWriter steps, Conflict conflict) {
        this.connection = connection;
        this.router = router;
        this.planner = planner;
        this.steps = steps;
        this.conflict = conflict;
    }

    /** Returns why the target refuses the change, which then has left nothing behind; null when it is written. */
    @Nullable
    Refusal write(ChangeRecord change) throws SQLException {
        Savepoint before = connection.setSavepoint();
        Refusal refusal = null;
        try {
            carryOut(change);
        } catch (RefusedChange e) {
            refusal = new Refusal(e.sqlState(), String.valueOf(e.getMessage()));
        } catch (SQLException e) {
            if (!WriteFailure.isOfTheRows(e)) {
                throw e;
            }
            refusal = new Refusal(String.valueOf(e.getSQLState()), WriteFailure.words(e));
        }
        if (refusal != null) {
            connection.rollback(before);
        }
        connection.releaseSavepoint(before);
        return refusal;
    }

    /** What a change means for rows of the target that are there after it. */
    List<RowChange> meaning(ChangeRecord change) throws SQLException {
        try {
            return router.route(List.of(change)).stream()
                    .filter(RowChange.class::isInstance)
                    .map(RowChange.class::cast)
                    .filter(row -> row.after() != null)
                    .toList();
        } catch (RefusedChange e) {
            return List.of();
        }
    }

    /** @throws TableFailure {@code ROW_CONFLICT} when the task is to stop */
    void carryOut(ChangeRecord change) throws SQLException, RefusedChange {
        PlanMode mode = conflict == Conflict.OVERWRITE ? PlanMode.LENIENT : PlanMode.EXACT;
        for (Step step : planner.plan(router.route(List.of(change)), mode)) {
            long changed = steps.write(step);
            if (changed > 0 || step instanceof Step.Truncate) {
                continue;
            }
            switch (conflict) {
                case OVERWRITE -> {
                    if (step instanceof Step.Update) {
                        throw new RefusedChange(
                                RefusedChange.NO_DATA,
                                "The row is not on the target, and the source has not sent all of its values: large ones"
                                        + " that did not change are missing.");
                    }
                }
                case IGNORE -> {
                    return;
                }
                case STOP -> throw stop(change, step);
            }
        }
    }

    private static TableFailure stop(ChangeRecord change, Step step) {
        boolean exists = step instanceof Step.InsertMissing;
        String what = switch (change) {
            case RowChange row -> row.operation() + " of " + row.table();
            case Truncate truncate -> "TRUNCATE of " + truncate.table();
            case ChangeRecord.TooLarge large -> "a change of " + large.table();
            case ChangeRecord.Ddl ddl -> ddl.tag();
            case ChangeRecord.TransactionEnd end -> "a mark";
            case ChangeRecord.Heartbeat heartbeat -> "a mark";
        };
        return TableFailure.ofChange(
                RowIdentity.tableOf(change),
                change,
                ErrorCode.ROW_CONFLICT,
                "The target is not as the source left it: at " + what + " (transaction "
                        + change.position().xid() + ", commit LSN "
                        + change.position().commitLsn() + ", change "
                        + change.position().order() + ") the row "
                        + (exists ? "is on the target already" : "is not on the target")
                        + ", and changes.conflict is STOP. Mend the row on the target, or choose OVERWRITE or IGNORE, then"
                        + " resume the task. Nothing of this transaction was written.",
                null);
    }
}
