package io.sluice.apply.cutover;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sessions of the source's database that began before it was made read-only, and so can still write, but for Sluice's
 * own; of all roles or of some. Not thread-safe.
 */
final class OldSessions {

    private final DatabaseSession source;
    private final String before;
    private final List<String> roles;
    private final Set<Session> seen = new HashSet<>();
    private final Set<Integer> ended = new TreeSet<>();
    private final Set<Integer> refused = new TreeSet<>();

    private record Session(int pid, String since) {}

    private OldSessions(DatabaseSession source, String before, List<String> roles) {
        this.roles = roles;
        this.source = source;
        this.before = before;
    }

    /**
     * Those that have begun by now.
     *
     * @param roles whose sessions are meant; those of every role when empty
     */
    static OldSessions of(DatabaseSession source, List<String> roles) {
        String now = source.inTransaction("asking for the time", connection -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT clock_timestamp()::text");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        });
        OldSessions sessions = new OldSessions(source, now, roles);
        // A clock that was put back makes old sessions young.
        sessions.seen.addAll(
                source.inTransaction("looking for sessions", sessions::open).keySet());
        return sessions;
    }

    /** @throws SluiceException {@code VALIDATION_FAILED} when the source has not all of the roles, or one cannot log in */
    static void requireRoles(DatabaseSession source, List<String> roles) {
        String unknown = source.inTransaction("looking for roles", connection -> {
            try (PreparedStatement statement = connection.prepareStatement("""
                    SELECT string_agg(name, ', ') FROM unnest(?::text[]) AS asked (name)
                    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name AND rolcanlogin)""")) {
                statement.setArray(1, connection.createArrayOf("text", roles.toArray()));
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getString(1);
                }
            }
        });
        if (unknown != null) {
            throw new SluiceException(
                    ErrorCode.VALIDATION_FAILED,
                    "The source has no roles with such names that can log in, so none of their sessions can be ended: "
                            + unknown
                            + ". Nothing was changed; ask again with the names of the applications' own roles.");
        }
    }

    /**
     * To be called again: one whose login was under way has read the settings of before, and shows only later. One that may
     * not be ended, such as a superuser's, is left, and {@link #summary} counts it.
     */
    void end() {
        source.transact("ending sessions (pg_signal_backend may)", connection -> {
            refused.clear();
            for (Map.Entry<Session, Boolean> session : open(connection).entrySet()) {
                if (session.getValue() || seen.contains(session.getKey())) {
                    int pid = session.getKey().pid();
                    (terminated(connection, pid) ? ended : refused).add(pid);
                }
            }
        });
    }

    /** With whether they are old by the server's clock. */
    private Map<Session, Boolean> open(Connection connection) throws SQLException {
        // What kind of session another role's is, and when it began, an account without pg_read_all_stats does not see.
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT pid, coalesce(backend_start::text, ''), coalesce(backend_start <= ?::timestamptz, true)
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND coalesce(backend_type, 'client backend') = 'client backend'
                  -- Processes of the server have no user.
                  AND usesysid IS NOT NULL
                  AND (usename = ANY (?::text[]) OR cardinality(?::text[]) = 0)
                  AND application_name NOT LIKE 'sluice-%'""")) {
            Array names = connection.createArrayOf("text", roles.toArray());
            statement.setString(1, before);
            statement.setArray(2, names);
            statement.setArray(3, names);
            try (ResultSet row = statement.executeQuery()) {
                Map<Session, Boolean> sessions = new HashMap<>();
                while (row.next()) {
                    sessions.put(new Session(row.getInt(1), row.getString(2)), row.getBoolean(3));
                }
                return sessions;
            }
        }
    }

    private static boolean terminated(Connection connection, int pid) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_terminate_backend(?)")) {
            statement.setInt(1, pid);
            statement.execute();
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (!"42501".equals(e.getSQLState())) {
                throw e;
            }
            connection.rollback(before);
            return false;
        }
    }

    /** For people to read. */
    String summary() {
        return ended.size() + " sessions ended"
                + (refused.isEmpty()
                        ? ""
                        : ", " + refused.size()
                                + " that began before are open and may not be ended by this account (pid "
                                + String.join(
                                        ", ",
                                        refused.stream().map(String::valueOf).toList()) + ")");
    }
}
