package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.task.endpoint.EndpointProblems;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A few sessions of one database, none of which can write, or why there is none. Thread-safe once opened. */
final class Sessions implements AutoCloseable {

    /** A server that is short of connections must not lose many to us. */
    private static final int COUNT = 3;

    private final Connections connections;
    private final Duration patience;
    private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>();
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Violation problem;

    /** @param patience how long a statement may take */
    Sessions(Connections connections, Duration patience) {
        this.connections = connections;
        this.patience = patience;
    }

    /** The first session decides whether the database can be reached; where the others are refused, it goes without. */
    void open() {
        for (int i = 0; i < COUNT; i++) {
            Violation found = openOne();
            if (found != null) {
                problem = i == 0 ? found : null;
                return;
            }
        }
    }

    /** Why the database cannot be reached; null when it can. */
    @Nullable
    Violation problem() {
        return problem;
    }

    /** @throws SluiceException when none becomes free in time */
    Connection take() throws InterruptedException {
        Connection session = idle.poll(4 * patience.toMillis(), TimeUnit.MILLISECONDS);
        if (session == null) {
            throw new SluiceException(
                    ErrorCode.CONNECTION_TIMEOUT, "no session of the " + connections.what() + " became free in time");
        }
        return session;
    }

    void giveBack(Connection session) {
        idle.add(session);
    }

    /** Ends a session that is stuck, and replaces it. */
    void discard(Connection session) {
        open.remove(session);
        try {
            session.abort(Runnable::run);
        } catch (SQLException e) {
            log("a session could not be ended", e);
        }
        Violation unused = openOne();
    }

    private @Nullable Violation openOne() {
        try {
            Connection session = connections.open();
            open.add(session);
            try (Statement statement = session.createStatement()) {
                statement.execute("SET default_transaction_read_only = on");
                statement.execute("SET statement_timeout = " + patience.toMillis());
            }
            idle.add(session);
            return null;
        } catch (SQLException e) {
            return explain(e, "opening a session on the " + connections.what());
        } catch (SluiceException e) {
            return explain(e);
        }
    }

    Violation explain(SQLException error, String doing) {
        return explain(PostgresErrors.explain(error, doing));
    }

    Violation explain(SluiceException error) {
        return EndpointProblems.explain(connections.what(), error);
    }

    @Override
    public void close() {
        for (Connection session : open) {
            try {
                session.close();
            } catch (SQLException e) {
                log("a session was gone already", e);
            }
        }
        connections.close();
    }

    private static void log(String what, SQLException error) {
        System.getLogger(Sessions.class.getName()).log(System.Logger.Level.DEBUG, what, error);
    }
}
