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
 * beginning is noted. It is an advisory lock of the session that makes the publication and removes an older slot, and
 * another one of the walsender that makes the slot. A newer run, or whoever removes all that there is of the task, ends the
 * sessions that hold them; so one that has slept since it entered can make or remove neither publication nor slot any more.
 *
 * <p>It does not hold up what comes before: one that sleeps before it enters, and wakes after the task was deleted, can
 * make the change topic and the event triggers again, or begin as if the task were new. Not thread-safe.
 */
public final class StartGate {

    /** Tells these locks from others of the same two numbers: "slui" as ASCII. */
    private static final int KIND = 0x736c7569;

    /** Of the walsender: a session of its own, which lives on when the other one has ended. */
    private static final int WALSENDER = KIND + 1;

    private static final Duration HOLDER_ENDS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Connection connection;
    private final String name;
    private boolean inside;

    /** @param connection in auto-commit mode; what must not be done too late goes over this one */
    public StartGate(Connection connection, String taskId) {
        this.connection = connection;
        this.name = Topics.slot(taskId);
    }

    /**
     * Until {@link #leave}, or the end of the session.
     *
     * @throws SluiceException {@code SLOT_IN_USE} when the sessions that hold it do not end in time
     */
    public void enter() throws InterruptedException {
        long end = System.nanoTime() + HOLDER_ENDS.toNanos();
        // In this order: a walsender that comes later finds its run's other session ended.
        while (!entered() || !walSenderIsGone()) {
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
        try {
            if (inside || lock(connection, KIND)) {
                inside = true;
                return true;
            }
            endHolder(KIND);
            return false;
        } catch (SQLException e) {
            throw asking(e);
        }
    }

    private boolean walSenderIsGone() {
        try {
            return endHolder(WALSENDER);
        } catch (SQLException e) {
            throw asking(e);
        }
    }

    /**
     * From here on whoever enters ends this session, too. Whether somebody has entered before shows when the gate's own
     * session is used next, which must be before anything is made over this one.
     *
     * @param walSender made for the run that has entered
     * @throws SluiceException {@code SLOT_IN_USE} when another run has entered meanwhile, and makes its slot
     */
    void enter(Connection walSender) {
        try {
            if (!lock(walSender, WALSENDER)) {
                throw new SluiceException(
                        ErrorCode.SLOT_IN_USE,
                        "Another instance is making the replication slot " + name + ". It is tried again.");
            }
        } catch (SQLException e) {
            throw asking(e);
        }
    }

    private boolean lock(Connection on, int kind) throws SQLException {
        try (PreparedStatement statement = on.prepareStatement("SELECT pg_try_advisory_lock(?, hashtext(?))")) {
            statement.setInt(1, kind);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Returns whether there is none. */
    private boolean endHolder(int kind) throws SQLException {
        Integer holder = holder(kind);
        if (holder == null) {
            return true;
        }
        ReplicationSlot.terminate(connection, holder);
        return false;
    }

    private SluiceException asking(SQLException e) {
        return PostgresErrors.explain(e, "asking whether another instance makes the replication slot " + name);
    }

    /** The process at the source; null when the lock is free by now. */
    private @Nullable Integer holder(int kind) throws SQLException {
        // See "pg_locks", section 52.12 of the manual, on how keys of advisory locks are shown.
        String sql = """
                SELECT pid FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 2
                  AND classid = ?::bigint::oid AND objid = (hashtext(?)::bigint & 4294967295)::oid
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, kind);
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
            inside = false;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "noting that the replication slot " + name + " is made");
        }
    }
}
