package io.sluice.apply.exception;

import io.sluice.apply.change.RowIdentity;
import io.sluice.apply.exception.ExceptionTable.State;
import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Does what users ask for exceptions: retries or skips one, and then goes on with the changes of the same row that were
 * only held back behind it. Each request runs in the caller's transaction. Not thread-safe.
 */
public final class ExceptionDesk {

    /**
     * Classes of SQLSTATEs that say nothing of the change: 08 connection, 25 transaction state, 40 transaction rollback, 53
     * resources, 55 object not in prerequisite state, 57 operator intervention, 58 system error.
     */
    private static final Set<String> OF_THE_MOMENT = Set.of("08", "25", "40", "53", "55", "57", "58");

    private static final String NO_TRUNCATE =
            "A TRUNCATE is not carried out later, since the table may have rows by now that came after it. Delete by hand"
                    + " the rows that were there before it, then skip this.";

    private final Exceptions exceptions;
    private final Writer writer;

    /** Writes one change, as the stream would. */
    @FunctionalInterface
    public interface Writer {

        /** Returns why the target refused the change, which then has left nothing behind; null when it is written. */
        @Nullable
        Refusal write(ChangeRecord change) throws SQLException;
    }

    /** @param words of the server; they may quote values */
    public record Refusal(String sqlState, String words) {}

    public ExceptionDesk(Exceptions exceptions, Writer writer) {
        this.exceptions = exceptions;
        this.writer = writer;
    }

    /** Carries out what is asked for by now. */
    public void attend(Connection target) throws SQLException {
        for (Map.Entry<Long, Wish> asked : exceptions.wishes(target).entrySet()) {
            if (exceptions.table().isNotice(target, asked.getKey())) {
                attendNotice(target, asked.getKey(), asked.getValue());
                continue;
            }
            OpenException exception = exceptions.table().find(target, asked.getKey());
            if (exception != null) {
                attend(target, exception, asked.getValue());
            }
        }
    }

    private void attendNotice(Connection target, long number, Wish wish) throws SQLException {
        switch (wish) {
            case SKIP -> exceptions.close(target, number, State.SKIPPED);
            // There is no change to be tried again.
            case RETRY -> exceptions.table().decline(target, number);
        }
    }

    private void attend(Connection target, OpenException exception, Wish wish) throws SQLException {
        Long earlier = exceptions.before(exception.number(), exception.rows());
        boolean done = switch (wish) {
            case SKIP -> {
                exceptions.close(target, exception.number(), State.SKIPPED);
                yield true;
            }
            case RETRY -> {
                if (earlier != null) {
                    exceptions
                            .table()
                            .refuse(
                                    target,
                                    exception.number(),
                                    exception.sqlState(),
                                    "Exception " + earlier
                                            + " is an earlier change of the same row: retry or skip that one first.");
                    yield false;
                }
                yield retry(target, exception);
            }
        };
        if (done) {
            goOn(target, exception.number(), exception.rows());
        }
    }

    private boolean retry(Connection target, OpenException exception) throws SQLException {
        Refusal refusal = exception.change() instanceof Truncate
                ? new Refusal(String.valueOf(exception.sqlState()), NO_TRUNCATE)
                : tryOut(target, exception);
        if (refusal != null) {
            exceptions.table().refuse(target, exception.number(), refusal.sqlState(), refusal.words());
            return false;
        }
        exceptions.close(target, exception.number(), State.RETRIED);
        return true;
    }

    /**
     * What would end the run is only the answer to this request, which would be found again by every later run; but for what
     * may be over when it is tried again.
     */
    private @Nullable Refusal tryOut(Connection target, OpenException exception) throws SQLException {
        Savepoint before = target.setSavepoint();
        try {
            Refusal refusal = writer.write(exception.change());
            target.releaseSavepoint(before);
            return refusal;
        } catch (SluiceException e) {
            if (e.code().retry() != ErrorCode.Retry.NEVER) {
                throw e;
            }
            target.rollback(before);
            target.releaseSavepoint(before);
            return new Refusal(
                    exception.sqlState() == null ? Exceptions.NOT_CARRIED_OUT : exception.sqlState(),
                    e.code() + ": " + e.getMessage());
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state == null || state.length() != 5 || OF_THE_MOMENT.contains(state.substring(0, 2))) {
                throw e;
            }
            target.rollback(before);
            target.releaseSavepoint(before);
            return new Refusal(state, String.valueOf(e.getMessage()));
        }
    }

    /** What was only held back can go now, up to the next change that was refused itself. */
    private void goOn(Connection target, long number, RowIdentity first) throws SQLException {
        // A change of a key frees what waits under the new one, too.
        List<RowIdentity> rows = new ArrayList<>(List.of(first));
        Long next = exceptions.after(number, rows);
        while (next != null) {
            OpenException follower = exceptions.table().find(target, next);
            if (follower == null
                    || !follower.held()
                    || exceptions.before(next, follower.rows()) != null
                    || !retry(target, follower)) {
                return;
            }
            rows.add(follower.rows());
            next = exceptions.after(next, rows);
        }
    }
}
