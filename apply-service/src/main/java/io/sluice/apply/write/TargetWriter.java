package io.sluice.apply.write;

import io.sluice.apply.batch.BatchPlanner;
import io.sluice.apply.batch.PlanMode;
import io.sluice.apply.batch.Step;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.apply.exception.Exceptions;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes runs of changes within the caller's transaction. A run goes as a plan that relies on the target being where the
 * source was. When it is not, or two rows swap a unique value, or the target refuses a row, the plan is rolled back and
 * the run is halved again and again, until each change is written or known to be refused. Not thread-safe.
 */
public final class TargetWriter implements AutoCloseable {

    /** Once the target was not as expected, this many runs do not rely on it. */
    private static final int CAREFUL_RUNS = 50;

    private final Connection connection;
    private final TargetTables tables;
    private final ChangeRouter router;
    private final BatchPlanner planner;
    private final StepWriter steps;
    private final SingleChange single;
    private final Conflict conflict;
    private final Exceptions exceptions;
    private int careful;

    TargetWriter(
            Connection connection,
            TargetDialect dialect,
            TargetTables tables,
            ChangeRouter router,
            Conflict conflict,
            Exceptions exceptions) {
        this.connection = connection;
        this.tables = tables;
        this.router = router;
        this.planner = new BatchPlanner(tables::shape);
        this.steps = new StepWriter(connection, dialect, tables);
        this.single = new SingleChange(connection, router, planner, steps, conflict);
        this.conflict = conflict;
        this.exceptions = exceptions;
    }

    /**
     * Writes the changes, in order or to the same effect; what the target refuses goes to the exceptions.
     *
     * @param whole the changes end where source transactions end, so that deferred constraints hold after them
     */
    public void write(List<ChangeRecord> changes, boolean whole) throws SQLException {
        List<ChangeRecord> run = exceptions.holdBack(connection, changes);
        if (!run.isEmpty()) {
            writeRun(run, whole);
        }
        exceptions.store(connection);
    }

    /** Writes one change; returns why the target refuses it, or null. */
    public @Nullable Refusal write(ChangeRecord change) throws SQLException {
        return single.write(change);
    }

    /**
     * Writes the changes if all of them can be written as a plan; the exceptions are neither looked at nor added to.
     *
     * @return false when they cannot; then nothing of them was written
     */
    public boolean writePlanned(List<ChangeRecord> run) throws SQLException {
        boolean lenient = conflict == Conflict.OVERWRITE;
        if (lenient && careful > 0) {
            careful--;
        } else if (attempt(run, PlanMode.STRICT)) {
            return true;
        } else {
            careful = CAREFUL_RUNS;
        }
        return lenient && run.size() > 1 && attempt(run, PlanMode.LENIENT);
    }

    private void writeRun(List<ChangeRecord> run, boolean whole) throws SQLException {
        if (writePlanned(run)) {
            return;
        }
        if (tables.deferrable() && attemptInOrder(run, whole)) {
            return;
        }
        halve(run);
    }

    private void halve(List<ChangeRecord> run) throws SQLException {
        if (run.size() == 1) {
            Refusal refusal = single.write(run.getFirst());
            if (refusal != null) {
                exceptions.refuse(run.getFirst(), refusal.sqlState(), refusal.words());
            }
            return;
        }
        int middle = run.size() / 2;
        for (List<ChangeRecord> half : List.of(run.subList(0, middle), run.subList(middle, run.size()))) {
            List<ChangeRecord> free = exceptions.holdBack(connection, half);
            PlanMode mode = conflict == Conflict.OVERWRITE ? PlanMode.LENIENT : PlanMode.STRICT;
            if (!free.isEmpty() && (free.size() == 1 || !attempt(free, mode))) {
                halve(free);
            }
        }
    }

    /** Returns false, and leaves nothing behind, when the run cannot be written in this way. */
    private boolean attempt(List<ChangeRecord> run, PlanMode mode) throws SQLException {
        return attempt(() -> {
            for (Step step : planner.plan(router.route(run), mode)) {
                if (!asExpected(step, steps.write(step))) {
                    throw new RefusedChange(RefusedChange.NO_DATA, "rows are not as expected");
                }
            }
        });
    }

    /**
     * Where the source looks at a constraint at the end of a statement or transaction, so do we: one change after the other
     * with the constraints deferred. They are looked at in the end, unless the source transaction has not ended yet.
     */
    private boolean attemptInOrder(List<ChangeRecord> run, boolean whole) throws SQLException {
        return attempt(() -> {
            steps.execute(List.of("SET CONSTRAINTS ALL DEFERRED"));
            for (ChangeRecord change : run) {
                single.carryOut(change);
            }
            if (whole) {
                steps.execute(List.of("SET CONSTRAINTS ALL IMMEDIATE"));
            }
        });
    }

    /** Writes that may be in vain. */
    @FunctionalInterface
    private interface Attempt {
        void run() throws SQLException, RefusedChange;
    }

    private boolean attempt(Attempt attempt) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            attempt.run();
            connection.releaseSavepoint(before);
            return true;
        } catch (RefusedChange e) {
            connection.rollback(before);
        } catch (SQLException e) {
            if (!WriteFailure.isOfTheRows(e)) {
                throw e;
            }
            connection.rollback(before);
        }
        connection.releaseSavepoint(before);
        return false;
    }

    private boolean asExpected(Step step, long changed) {
        boolean overwrite = conflict == Conflict.OVERWRITE;
        return switch (step) {
            case Step.Update update -> changed == update.rows().size();
            case Step.Delete delete ->
                overwrite
                        || switch (delete.expected()) {
                            case PRESENT -> changed == delete.keys().size();
                            case ABSENT -> changed == 0;
                            case ANY -> true;
                        };
            case Step.Remove remove ->
                overwrite
                        || changed
                                == remove.copies().stream()
                                        .mapToLong(Integer::longValue)
                                        .sum();
            case Step.Truncate truncate -> true;
            case Step.Insert insert -> true;
            case Step.InsertMissing insert -> true;
            case Step.Upsert upsert -> true;
        };
    }

    @Override
    public void close() throws SQLException {
        steps.close();
    }
}
