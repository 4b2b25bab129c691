package io.sluice.apply.write;

import io.sluice.apply.change.LockedTable;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Waits for locks of others for a bounded time, and says whose they are. */
public final class LockHolders {

    private static final Logger LOG = Logger.getLogger(LockHolders.class);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Whoever waits behind the holder's lock has none that is granted. */
    private static final String HOLDERS = """
            SELECT DISTINCT a.pid, coalesce(nullif(a.application_name, ''), 'without a name'), a.usename,
                   c.oid::regclass::text, l.mode
            FROM pg_locks l
            JOIN pg_class c ON c.oid = l.relation
            JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'v')
              AND a.datname = current_database()
              AND c.relnamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'pg_catalog')
              AND (l.mode NOT IN ('AccessShareLock', 'RowShareLock') %s)
            ORDER BY 4, 1 LIMIT 5
            """;

    /** A command locks the partitions and children of a table, too. */
    private static final String WITH_ALTERED = """
            WITH RECURSIVE altered AS (
                SELECT c.oid
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN unnest(?::text[], ?::text[]) AS t (schema, name) ON n.nspname = t.schema AND c.relname = t.name
              UNION
                SELECT i.inhrelid FROM pg_inherits i JOIN altered a ON a.oid = i.inhparent)
            """;

    private LockHolders() {}

    /** From now on the session does not wait for a lock for longer than this. */
    public static void limitWaits(DatabaseSession target) {
        target.transact("limiting waits for locks", connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(SessionLimits.lockWaits(PATIENCE.toMillis() + "ms"));
            }
        });
    }

    /**
     * After a wait that was given up; rolls the transaction back, so that the session can be asked. Where the statement is not
     * known to be about one table, it is the only one that others hold against every reader.
     *
     * @param tables that were to be written to, by their names on the target
     * @return a {@link LockedTable} where one table is what it is about
     */
    public static SluiceException explain(Connection target, Exception error, Collection<TableName> tables) {
        TableLock lock = error instanceof TableLock known ? known : null;
        String text = "Another session has held a lock on the target for longer than " + PATIENCE.toSeconds() + " s";
        TableName locked = lock == null ? null : lock.table();
        try {
            target.rollback();
            locked = lock == null ? only(target, tables) : locked;
            text += holders(target, lock);
            target.rollback();
        } catch (SQLException e) {
            // What can be said without it is enough.
            LOG.debug("Who holds the lock is not known", e);
        }
        return locked == null ? LockedTable.unknown(text, error) : new LockedTable(locked, text, error);
    }

    private static @Nullable TableName only(Connection target, Collection<TableName> tables) throws SQLException {
        String sql = """
                SELECT DISTINCT t.schema_name, t.table_name FROM pg_locks l
                JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS t
                    ON t.schema_name = n.nspname AND t.table_name = c.relname
                WHERE l.granted AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
                  AND l.pid <> pg_backend_pid()
                """;
        List<TableName> found = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
        }
        return found.size() == 1 ? found.getFirst() : null;
    }

    private static String holders(Connection target, @Nullable TableLock lock) throws SQLException {
        // Unlike a row, a command waits for those who only read, too, and for those of what the table refers to.
        List<TableName> altered = lock != null && lock.command() ? List.of(lock.table()) : List.of();
        String sql = altered.isEmpty() ? HOLDERS.formatted("") : WITH_ALTERED + HOLDERS.formatted("""
                OR c.oid IN (SELECT t.oid FROM altered t)
                OR c.oid IN (SELECT k.confrelid FROM pg_constraint k JOIN altered t ON t.oid = k.conrelid)""");
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            if (!altered.isEmpty()) {
                TableArrays.set(statement, 1, altered);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add("pid " + row.getLong(1) + " (" + row.getString(2) + ", user " + row.getString(3)
                            + ") holds " + row.getString(5) + " on " + row.getString(4));
                }
            }
        }
        return found.isEmpty()
                ? ""
                : ": " + String.join("; ", found) + ". End it with SELECT pg_terminate_backend(pid) if it is forgotten";
    }
}
