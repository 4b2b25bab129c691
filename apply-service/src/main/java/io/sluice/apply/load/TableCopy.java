package io.sluice.apply.load;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/** The copy of one table: its pieces still to do, and what went over the wire so far. Thread-safe. */
final class TableCopy {

    private static final Logger LOG = Logger.getLogger(TableCopy.class);

    private final TableDefinition table;
    private final boolean binary;
    private final AtomicInteger piecesLeft;
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean rewritten;

    /** @param sameServerVersion both ends have one major version, so that all built-in types look alike in binary */
    TableCopy(TableDefinition table, int pieces, boolean sameServerVersion) {
        this.table = table;
        this.piecesLeft = new AtomicInteger(pieces);
        // Arrays and composites of users' types carry OIDs in their binary form, which differ between databases.
        this.binary = sameServerVersion && table.columns().stream().allMatch(ColumnDefinition::builtInType);
    }

    TableName name() {
        return table.name();
    }

    long rows() {
        return rows.get();
    }

    long bytes() {
        return bytes.get();
    }

    /** What was read does not make a whole. */
    void rewritten() {
        rewritten = true;
    }

    boolean wasRewritten() {
        return rewritten;
    }

    /** Returns true for the last one. */
    boolean pieceDone() {
        return piecesLeft.decrementAndGet() == 0;
    }

    /**
     * Pipes a piece from the source's snapshot into the target, row by row without looking at it.
     *
     * @throws SluiceException that says which of the two ends failed
     */
    void copy(Connection source, Connection target, Piece piece) {
        List<String> columns =
                table.writableColumns().stream().map(ColumnDefinition::name).toList();
        String format = binary ? " (FORMAT binary)" : "";
        String out = "COPY (SELECT " + Identifier.list(columns) + " FROM ONLY " + Identifier.quote(table.name())
                + piece.condition() + ") TO STDOUT" + format;
        String in =
                "COPY " + Identifier.quote(table.name()) + " (" + Identifier.list(columns) + ") FROM STDIN" + format;
        try {
            pipe(source, target, out, in);
        } catch (RuntimeException | Error e) {
            // The driver holds a connection's lock until its COPY has ended, so nothing else would end on it any more.
            cut(source);
            cut(target);
            throw e;
        }
    }

    private static void cut(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("Abort failed", e);
        }
    }

    private void pipe(Connection source, Connection target, String out, String in) {
        CopyOut from = reading(() -> manager(source).copyOut(out));
        CopyIn into = writing(() -> manager(target).copyIn(in));
        // The server sends one message a row, and for binary one more at the end.
        long messages = 0;
        byte[] row = reading(from::readFromCopy);
        while (row != null) {
            byte[] message = row;
            writing(() -> {
                into.writeToCopy(message, 0, message.length);
                return message;
            });
            bytes.addAndGet(row.length);
            rows.incrementAndGet();
            messages++;
            row = reading(from::readFromCopy);
        }
        long copied = writing(into::endCopy);
        rows.addAndGet(copied - messages);
    }

    /** A step on one of the two connections. */
    @FunctionalInterface
    private interface Step<T extends @Nullable Object> {
        T take() throws SQLException;
    }

    private <T extends @Nullable Object> T reading(Step<T> step) {
        try {
            return step.take();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading table " + name() + " from the source");
        }
    }

    private <T extends @Nullable Object> T writing(Step<T> step) {
        try {
            return step.take();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "writing table " + name() + " to the target");
        }
    }

    private static CopyManager manager(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getCopyAPI();
    }
}
