package io.sluice.apply.session;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SessionLimits;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A connection, without auto-commit, that is cut when the run must end, so that no statement keeps a stop waiting. Not
 * thread-safe but for that.
 */
public final class DatabaseSession implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(DatabaseSession.class);

    /** For {@link #open}: whoever has to wait longer for somebody's lock fails, and the error is shown. */
    public static final String LOCK_TIMEOUT = SessionLimits.lockWaits("10s");

    /** So long a stop waits for work that it must not cut. */
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(3);

    private final Connection connection;
    private final RunContext.Handle onStop;
    private final ReentrantLock held;
    private final String what;

    private DatabaseSession(Connection connection, RunContext.Handle onStop, ReentrantLock held, String what) {
        this.connection = connection;
        this.onStop = onStop;
        this.held = held;
        this.what = what;
    }

    /** Work in a transaction. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T on(Connection connection) throws SQLException;
    }

    /** Work in a transaction that answers nothing. */
    @FunctionalInterface
    public interface Action {
        void on(Connection connection) throws SQLException;
    }

    /** @param setup statements for the session; one that the account may not give is left out */
    public static DatabaseSession open(Connections connections, RunContext context, List<String> setup) {
        return setUp(connections.open(), connections, context, setup);
    }

    /** @param most how long the login may take */
    public static DatabaseSession open(Connections connections, RunContext context, List<String> setup, Duration most) {
        return setUp(connections.open(most), connections, context, setup);
    }

    private static DatabaseSession setUp(
            Connection connection, Connections connections, RunContext context, List<String> setup) {
        try {
            for (String statement : setup) {
                setUp(connection, statement);
            }
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            abort(connection);
            throw PostgresErrors.explain(e, "setting up a session on the " + connections.what());
        }
        ReentrantLock held = new ReentrantLock();
        return new DatabaseSession(connection, context.onStop(() -> abort(connection, held)), held, connections.what());
    }

    /** @param setup further statements for the session, from here on */
    public void setUp(List<String> setup) {
        transact("setting up a session", on -> {
            for (String statement : setup) {
                try (Statement sql = on.createStatement()) {
                    sql.execute(statement);
                }
            }
        });
    }

    private static void setUp(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            if (PostgresErrors.classify(e) != ErrorCode.PRIVILEGE_MISSING) {
                throw e;
            }
            LOG.debugf("Session setting not allowed, left out: sql=%s", sql);
        }
    }

    public Connection connection() {
        return connection;
    }

    /** Until {@link #release}, from the same thread, a stop waits before it cuts the connection; for 3 s at most. */
    public void hold() {
        held.lock();
    }

    public void release() {
        held.unlock();
    }

    /** Ends the connection under whatever runs on it, from any thread. */
    public void cut() {
        abort(connection);
    }

    /** Runs work and commits; rolls back when it throws. */
    public <T extends @Nullable Object> T inTransaction(String doing, Work<T> work) {
        try {
            T result = work.on(connection);
            connection.commit();
            return result;
        } catch (SQLException e) {
            rollback();
            throw PostgresErrors.explain(e, doing + " on the " + what);
        } catch (RuntimeException e) {
            rollback();
            throw e;
        }
    }

    /** The same for work that answers nothing. */
    public void transact(String doing, Action action) {
        inTransaction(doing, on -> {
            action.on(on);
            return null;
        });
    }

    /** Runs work in a transaction that stays open until {@link #end}; rolls back when it throws. */
    public <T extends @Nullable Object> T begin(String doing, Work<T> work) {
        try {
            return work.on(connection);
        } catch (SQLException e) {
            rollback();
            throw PostgresErrors.explain(e, doing + " on the " + what);
        }
    }

    /** Runs work in the open transaction. */
    public void within(String doing, Action action) {
        try {
            action.on(connection);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, doing + " on the " + what);
        }
    }

    /** Ends the open transaction without what it has written. */
    public void end() {
        rollback();
    }

    private void rollback() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            LOG.debug("Rollback failed; the server does it when the connection ends", e);
        }
    }

    @Override
    public void close() {
        onStop.close();
        try {
            if (!connection.isClosed()) {
                connection.rollback();
            }
            connection.close();
        } catch (SQLException e) {
            abort(connection);
        }
    }

    private static void abort(Connection connection, ReentrantLock held) {
        boolean free = false;
        try {
            free = held.tryLock(LONGEST_HOLD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            abort(connection);
        } finally {
            if (free) {
                held.unlock();
            }
        }
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("Abort failed", e);
        }
    }
}
