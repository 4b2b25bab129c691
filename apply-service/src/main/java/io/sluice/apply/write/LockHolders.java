package io.sluice.apply.write;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.SessionLimits;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Waits for locks of others for a bounded time, and says whose they are. */
public final class LockHolders {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private LockHolders() {}

    /** From now on the session does not wait for a lock for longer than this. */
    public static void limitWaits(DatabaseSession target) {
        target.transact("limiting waits for locks", connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(SessionLimits.lockWaits(PATIENCE.toMillis() + "ms"));
            }
        });
    }

    /** After a wait that was given up; rolls the transaction back, so that the session can be asked. */
    public static SluiceException explain(Connection target, Exception error) {
        return new SluiceException(
                ErrorCode.OBJECT_LOCKED,
                "Another session has held a lock on the target for longer than " + PATIENCE.toSeconds() + " s"
                        + holders(target) + ". The task goes on by itself when the lock is gone.",
                error);
    }

    private static String holders(Connection target) {
        // Whoever waits behind the holder's lock has none that is granted.
        String sql = """
                SELECT DISTINCT a.pid, coalesce(nullif(a.application_name, ''), 'without a name'), a.usename,
                       c.oid::regclass::text, l.mode
                FROM pg_locks l
                JOIN pg_class c ON c.oid = l.relation
                JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p')
                  AND a.datname = current_database()
                  AND c.relnamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'pg_catalog')
                  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
                ORDER BY 4, 1 LIMIT 5
                """;
        List<String> found = new ArrayList<>();
        try {
            target.rollback();
            try (PreparedStatement statement = target.prepareStatement(sql);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add("pid " + row.getLong(1) + " (" + row.getString(2) + ", user " + row.getString(3)
                            + ") holds " + row.getString(5) + " on " + row.getString(4));
                }
            }
            target.rollback();
        } catch (SQLException e) {
            // What can be said without it is enough.
            return "";
        }
        return found.isEmpty()
                ? ""
                : ": " + String.join("; ", found) + ". End it with SELECT pg_terminate_backend(pid) if it is forgotten";
    }
}
