package io.sluice.capture.slot;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Lets one run at a time make the first start of a task: from before it looks whether anybody has begun until its own
 * beginning is noted. It is an advisory lock of the session that makes publication and slot, and removes an older slot. A
 * newer run, or whoever removes all that there is of the task, ends the session that holds it; so one that has slept since
 * it looked can do nothing more. Not thread-safe.
 */
public final class StartGate {

    /** Tells these locks from others of the same two numbers: "slui" as ASCII. */
    private static final int KIND = 0x736c7569;

    private static final Duration HOLDER_ENDS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Connection connection;
    private final String name;

    /** @param connection in auto-commit mode; what must not be done too late goes over this one */
    public StartGate(Connection connection, String taskId) {
        this.connection = connection;
        this.name = Topics.slot(taskId);
    }

    /**
     * Until {@link #leave}, or the end of the session.
     *
     * @throws SluiceException {@code SLOT_IN_USE} when the session that holds it does not end in time
     */
    public void enter() throws InterruptedException {
        long end = System.nanoTime() + HOLDER_ENDS.toNanos();
        while (!entered()) {
            if (System.nanoTime() > end) {
                throw new SluiceException(
                        ErrorCode.SLOT_IN_USE,
                        "Another session of the source is making the replication slot " + name
                                + ", and does not end. It is tried again.");
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    /** Without the lock, whoever has it is told to end. */
    private boolean entered() {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_try_advisory_lock(?, hashtext(?))")) {
            statement.setInt(1, KIND);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (row.getBoolean(1)) {
                    return true;
                }
            }
            Integer holder = holder();
            if (holder != null) {
                ReplicationSlot.terminate(connection, holder);
            }
            return false;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking whether another instance makes the replication slot " + name);
        }
    }

    /** The process at the source; null when the lock is free by now. */
    private @Nullable Integer holder() throws SQLException {
        // See "pg_locks", section 52.12 of the manual, on how keys of advisory locks are shown.
        String sql = """
                SELECT pid FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 2
                  AND classid = ?::bigint::oid AND objid = (hashtext(?)::bigint & 4294967295)::oid
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, KIND);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Integer.valueOf(row.getInt(1)) : null;
            }
        }
    }

    /** The beginning is noted, and whoever comes now finds that. */
    void leave() {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_advisory_unlock(?, hashtext(?))")) {
            statement.setInt(1, KIND);
            statement.setString(2, name);
            statement.execute();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "noting that the replication slot " + name + " is made");
        }
    }
}
