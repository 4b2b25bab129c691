package io.sluice.apply.load;

import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/**
 * Pipes rows from one COPY into another, without looking at them unless they are to be transformed, at the pace of the
 * task's limits. Not thread-safe.
 */
final class CopyPipe {

    private static final Logger LOG = Logger.getLogger(CopyPipe.class);

    private final byte[] buffer = new byte[64 * 1024];
    private final LoadPace pace;
    private final HeldSlot slot;

    /** @param slot of the worker, which need not have it while the pace lets nothing pass */
    CopyPipe(LoadPace pace, HeldSlot slot) {
        this.pace = pace;
        this.slot = slot;
    }

    /** Hears of rows and bytes on their way, and finally of the difference to what was written. */
    @FunctionalInterface
    interface Meter {
        void passed(long rows, long bytes);
    }

    /** What went over. */
    record Passed(long rows, long bytes) {}

    /**
     * @param what for errors, as in {@code table public.item}
     * @throws SluiceException that says which of the two ends failed; both connections are of no use any more then
     */
    Passed run(Connection source, Connection target, String read, String write, String what, Meter meter) {
        return run(source, target, read, write, null, what, meter);
    }

    /** @param transformed carries out what is to become of the rows, which are in text format then; null for nothing */
    Passed run(
            Connection source,
            Connection target,
            String read,
            String write,
            @Nullable TransformedCopy transformed,
            String what,
            Meter meter) {
        try {
            return pipe(source, target, read, write, transformed, what, meter);
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

    private Passed pipe(
            Connection source,
            Connection target,
            String read,
            String write,
            @Nullable TransformedCopy transformed,
            String what,
            Meter meter) {
        pace.query(slot);
        CopyFeed feed = reading(what, () -> new CopyFeed(source, manager(source).copyOut(read)));
        CopyIn into = writing(what, () -> manager(target).copyIn(write));
        long bytes = 0;
        long seen = 0;
        int count = reading(what, () -> feed.read(buffer));
        while (count >= 0) {
            int length = count;
            writing(what, () -> {
                if (transformed == null) {
                    into.writeToCopy(buffer, 0, length);
                } else {
                    transformed.take(buffer, length, into::writeToCopy);
                }
                return into;
            });
            long rows = feed.messages() - seen;
            seen = feed.messages();
            bytes += length;
            meter.passed(rows, length);
            pace.passed(rows, length, slot);
            count = reading(what, () -> feed.read(buffer));
        }
        if (transformed != null) {
            transformed.end();
        }
        long copied = writing(what, into::endCopy);
        meter.passed(copied - seen, 0);
        return new Passed(copied, bytes);
    }

    /** A step on one of the two connections. */
    @FunctionalInterface
    private interface Step<T extends @Nullable Object> {
        T take() throws SQLException;
    }

    private static <T extends @Nullable Object> T reading(String what, Step<T> step) {
        try {
            return step.take();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading " + what + " from the source");
        }
    }

    private static <T extends @Nullable Object> T writing(String what, Step<T> step) {
        try {
            return step.take();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "writing " + what + " to the target");
        }
    }

    private static CopyManager manager(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getCopyAPI();
    }
}
