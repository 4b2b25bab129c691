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
import java.util.ArrayList;
import java.util.List;
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
    private final Set<Integer> ended = new TreeSet<>();
    private final Set<Integer> refused = new TreeSet<>();

    private OldSessions(DatabaseSession source, String before, List<String> roles) {
        this.roles = roles;
        this.source = source;
        this.before = before;
    }

    /**
     * Those that have begun by now.
     *
     * @param roles whose sessions are meant; those of every role when empty
     * @throws SluiceException {@code VALIDATION_FAILED} when the source has not all of them
     */
    static OldSessions of(DatabaseSession source, List<String> roles) {
        String now = source.inTransaction("looking for roles", connection -> {
            requireThere(connection, roles);
            try (PreparedStatement statement = connection.prepareStatement("SELECT clock_timestamp()::text");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        });
        return new OldSessions(source, now, roles);
    }

    private static void requireThere(Connection connection, List<String> roles) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT string_agg(name, ', ') FROM unnest(?::text[]) AS asked (name)
                WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)""")) {
            statement.setArray(1, connection.createArrayOf("text", roles.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                String unknown = row.getString(1);
                if (unknown != null) {
                    throw new SluiceException(
                            ErrorCode.VALIDATION_FAILED,
                            "The source has no such roles whose sessions could be ended: " + unknown + ".");
                }
            }
        }
    }

    /**
     * To be called again: one whose login was under way has read the settings of before, and shows only later. One that may
     * not be ended, such as a superuser's, is left, and {@link #summary} counts it.
     */
    void end() {
        source.transact("ending sessions (pg_signal_backend may)", connection -> {
            refused.clear();
            for (int pid : open(connection)) {
                (terminated(connection, pid) ? ended : refused).add(pid);
            }
        });
    }

    private List<Integer> open(Connection connection) throws SQLException {
        // What kind of session another role's is, and when it began, an account without pg_read_all_stats does not see.
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND coalesce(backend_type, 'client backend') = 'client backend'
                  -- Processes of the server have no user.
                  AND usesysid IS NOT NULL
                  AND (usename = ANY (?::text[]) OR cardinality(?::text[]) = 0)
                  AND application_name NOT LIKE 'sluice-%'
                  AND coalesce(backend_start <= ?::timestamptz, true)""")) {
            Array names = connection.createArrayOf("text", roles.toArray());
            statement.setArray(1, names);
            statement.setArray(2, names);
            statement.setString(3, before);
            try (ResultSet row = statement.executeQuery()) {
                List<Integer> pids = new ArrayList<>();
                while (row.next()) {
                    pids.add(row.getInt(1));
                }
                return pids;
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
