package io.sluice.capture.engine;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.PostgresErrors;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Says what an error of the engine means: whatever the engine wraps it in, the cause decides. */
final class StreamErrors {

    private static final int DEEPEST = 20;

    private StreamErrors() {}

    static SluiceException explain(Throwable error) {
        SluiceException known = find(error, SluiceException.class);
        if (known != null) {
            return known;
        }
        SQLException sql = find(error, SQLException.class);
        if (sql != null) {
            return explain(sql);
        }
        for (Throwable at = error; at != null; at = at.getCause()) {
            String message = String.valueOf(at.getMessage());
            if (message.contains("differ only by case")) {
                return new SluiceException(
                        ErrorCode.TABLE_UNSUPPORTED,
                        "A table has columns whose names differ only by case, which capture cannot tell apart. Rename one"
                                + " of them. The source sends the old change again, so then resume the task with"
                                + " {\"reload\": [\"*\"]}.",
                        error);
            }
            if (message.contains("has been removed from the database write-ahead log")) {
                return slotLost("its position has been removed from the write-ahead log", error);
            }
        }
        return new SluiceException(
                ErrorCode.INTERNAL,
                "Reading changes failed: " + error.getClass().getSimpleName() + ": " + error.getMessage(),
                error);
    }

    private static SluiceException explain(SQLException error) {
        String message = String.valueOf(error.getMessage());
        String state = String.valueOf(error.getSQLState());
        if (state.equals("53300") && message.contains("max_wal_senders")) {
            return new SluiceException(
                    ErrorCode.NO_FREE_WAL_SENDER,
                    "The source has no free WAL sender. Raise max_wal_senders, or end another replication.",
                    error);
        }
        // object_in_use
        if (state.equals("55006")) {
            return new SluiceException(
                    ErrorCode.SLOT_IN_USE, "The replication slot is being read by another session.", error);
        }
        if (message.contains("can no longer get changes from replication slot")
                || message.contains("requested WAL segment")) {
            return slotLost(message, error);
        }
        // "filenode" up to 15. The server finds no table for a change, each time again.
        if (message.contains("could not map filen") && message.contains("to relation OID")) {
            return slotLost(
                    "the source decodes it with a catalog that is out of date (" + message
                            + "), which PostgreSQL can do with a slot that was made while tables were truncated or altered",
                    error);
        }
        if (state.equals("42704") && (message.contains("replication slot") || message.contains("publication"))) {
            return slotLost(message, error);
        }
        // The driver says so when the server has ended the stream, as at its shutdown.
        if (message.contains("This replication stream has been closed") || message.contains("inactive copy")) {
            return new SluiceException(ErrorCode.CONNECTION_LOST, "The source ended the replication stream.", error);
        }
        return PostgresErrors.explain(error, "reading changes from the source");
    }

    private static SluiceException slotLost(String reason, Throwable error) {
        return new SluiceException(
                ErrorCode.SLOT_LOST,
                "The replication slot cannot be read any more: " + reason + ". Changes are lost; reload the tables.",
                error);
    }

    private static <T extends Throwable> @Nullable T find(Throwable error, Class<T> type) {
        Throwable at = error;
        for (int depth = 0; at != null && depth < DEEPEST; depth++) {
            if (type.isInstance(at)) {
                return type.cast(at);
            }
            at = at.getCause();
        }
        return null;
    }
}
