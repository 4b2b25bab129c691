package io.sluice.apply.write;

import io.sluice.apply.batch.BatchPlanner;
import io.sluice.apply.batch.PlanMode;
import io.sluice.apply.batch.Step;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.write.DeferrableKeys.Clash;
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
    private final DeferrableKeys keys;
    private final ChangeRouter router;
    private final BatchPlanner planner;
    private final StepWriter steps;
    private final SingleChange single;
    private final OrderedWriter ordered;
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
        this.router = router;
        this.planner = new BatchPlanner(tables::shape);
        this.keys = new DeferrableKeys(tables.deferrable(), !dialect.distributes());
        this.steps = new StepWriter(connection, dialect, tables, keys);
        this.single = new SingleChange(connection, router, planner, steps, conflict);
        this.ordered = new OrderedWriter(connection, steps, single, keys, exceptions);
        this.conflict = conflict;
        this.exceptions = exceptions;
    }

    /**
     * Writes the changes, in order or to the same effect; what the target refuses goes to the exceptions.
     *
     * @param whole the changes end where source transactions end, so that DEFERRABLE keys hold after them
     */
    public void write(List<ChangeRecord> changes, boolean whole) throws SQLException {
        List<ChangeRecord> run = exceptions.holdBack(connection, changes);
        if (!run.isEmpty() || whole && keys.open()) {
            writeRun(run, whole);
        }
        exceptions.store(connection);
    }

    /** Writes one change; returns why the target refuses it, or null. */
    public @Nullable Refusal write(ChangeRecord change) throws SQLException {
        Savepoint before = connection.setSavepoint();
        Refusal refusal = single.write(change);
        if (refusal == null) {
            List<Clash> clashes = keys.look(connection, true);
            refusal = clashes.isEmpty() ? null : clashes.getFirst().refusal();
        }
        if (refusal != null) {
            goBack(before);
        } else {
            connection.releaseSavepoint(before);
        }
        return refusal;
    }

    /**
     * Writes the changes, which end where source transactions end, if all of them can be written as a plan; the exceptions are
     * neither looked at nor added to.
     *
     * @return false when they cannot; then nothing of them was written
     */
    public boolean writePlanned(List<ChangeRecord> run) throws SQLException {
        return writePlanned(run, true);
    }

    private boolean writePlanned(List<ChangeRecord> run, boolean whole) throws SQLException {
        boolean lenient = conflict == Conflict.OVERWRITE;
        if (lenient && careful > 0) {
            careful--;
        } else if (attempt(run, PlanMode.STRICT, whole)) {
            return true;
        } else {
            careful = CAREFUL_RUNS;
        }
        return lenient && run.size() > 1 && attempt(run, PlanMode.LENIENT, whole);
    }

    private void writeRun(List<ChangeRecord> run, boolean whole) throws SQLException {
        if (writePlanned(run, whole)) {
            return;
        }
        if (keys.any()) {
            ordered.write(run, whole);
        } else {
            halve(run);
        }
    }

    /** What was written before this object was made is a part of the source transaction that goes on. */
    public void goOnAfter(TargetWriter other) {
        if (other.keys.open()) {
            keys.lookEverywhere();
        }
    }

    /** What the target is going to look at later keeps it from carrying out a command: it looks now. */
    public void lookAtConstraints() throws SQLException {
        steps.lookAtConstraints();
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
            if (!free.isEmpty() && (free.size() == 1 || !attempt(free, mode, true))) {
                halve(free);
            }
        }
    }

    /** Returns false, and leaves nothing behind, when the run cannot be written in this way. */
    private boolean attempt(List<ChangeRecord> run, PlanMode mode, boolean whole) throws SQLException {
        return attempt(() -> {
            for (Step step : planner.plan(router.route(run), mode)) {
                if (!asExpected(step, steps.write(step))) {
                    throw new RefusedChange(RefusedChange.NO_DATA, "rows are not as expected");
                }
            }
            if (keys.any() && !keys.look(connection, whole).isEmpty()) {
                throw new RefusedChange(RefusedChange.NO_DATA, "rows are in each other's way");
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
            goBack(before);
        } catch (SQLException e) {
            if (!WriteFailure.isOfTheRows(e)) {
                throw e;
            }
            goBack(before);
        }
        return false;
    }

    private void goBack(Savepoint before) throws SQLException {
        connection.rollback(before);
        connection.releaseSavepoint(before);
        keys.forget();
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
