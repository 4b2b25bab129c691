package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.postgres.WalEnd;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Pairs of snapshots. The target's is taken once everything is there that the source's sees: the target has every state
 * that the source has had, so both differ by no more than what was committed meanwhile.
 */
final class Snapshots {

    /** A stream that is far behind is not waited for: what it has still to bring is settled row by row. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Sessions sessions;
    private final AppliedPosition position;

    Snapshots(Sessions sessions, AppliedPosition position) {
        this.sessions = sessions;
        this.position = position;
    }

    /** Work on both sides. */
    @FunctionalInterface
    interface Work {
        void on(DatabaseSession source, DatabaseSession target);
    }

    void whileOpen(Work work) {
        DatabaseSession source = sessions.sourceScan();
        DatabaseSession target = sessions.targetScan();
        Lsn seen = source.begin("taking a snapshot", Snapshots::take);
        try {
            if (position.live()) {
                boolean unused = position.await(seen, PATIENCE);
            }
            target.begin("taking a snapshot", connection -> {
                repeatable(connection);
                return null;
            });
            work.on(source, target);
        } finally {
            target.end();
            source.end();
        }
    }

    private static Lsn take(Connection connection) throws SQLException {
        repeatable(connection);
        return WalEnd.read(connection);
    }

    /**
     * Somebody waits for a table that the session holds, such as the stream of the task itself, to TRUNCATE it. Not asked by
     * pg_blocking_pids, which openGauss has not.
     */
    static boolean isWaitedFor(DatabaseSession session) {
        boolean[] found = {false};
        session.within("looking for who waits", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            SELECT EXISTS (SELECT 1 FROM pg_locks AS waiting
                                JOIN pg_locks AS held ON held.database = waiting.database AND held.relation = waiting.relation
                                WHERE NOT waiting.granted AND held.granted AND held.pid = pg_backend_pid())""")) {
                row.next();
                found[0] = row.getBoolean(1);
            }
        });
        return found[0];
    }

    static void repeatable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            statement.execute("SELECT 1");
        }
    }
}
