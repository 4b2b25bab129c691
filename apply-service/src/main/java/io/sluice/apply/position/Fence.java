package io.sluice.apply.position;

import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/**
 * The row that everybody locks who writes for a task, together with others, and that whoever takes the task over locks
 * alone. The position moves on beside it: either the lock lets an UPDATE of other columns pass, or the row is not the one
 * that has the position. Every method runs in the transaction of the connection it is given.
 */
enum Fence {

    /** The task's own row, under locks of PostgreSQL 9.3 and later. */
    TASK_ROW(NotesTables.TASK, " FOR KEY SHARE") {
        @Override
        void exclude(Connection target, String taskId) throws SQLException {
            lock(target, taskId);
        }

        @Override
        void taken(Connection target, String taskId, long epoch, long generation) {
            // It is the row in which the claim is noted.
        }
    },

    /**
     * A row of its own, of which every lock but FOR SHARE keeps others out: the distributed GaussDB answers "SELECT FOR KEY
     * SHARE is not yet supported" (for_locking_strength in openGauss' gram.y).
     */
    OWN_ROW(NotesTables.FENCE, " FOR SHARE") {
        @Override
        void exclude(Connection target, String taskId) throws SQLException {
            // One that somebody else adds or removes meanwhile is looked for again.
            while (!lock(target, taskId)) {
                try (PreparedStatement insert = target.prepareStatement(
                        "INSERT INTO _sluice.fence (task_id, epoch, generation) VALUES (?, 0, 0)")) {
                    insert.setString(1, taskId);
                    if (addUnlessThere(target, insert)) {
                        return;
                    }
                }
            }
        }

        @Override
        void taken(Connection target, String taskId, long epoch, long generation) throws SQLException {
            try (PreparedStatement update =
                    target.prepareStatement("UPDATE _sluice.fence SET epoch = ?, generation = ? WHERE task_id = ?")) {
                update.setLong(1, epoch);
                update.setLong(2, generation);
                update.setString(3, taskId);
                update.executeUpdate();
            }
        }
    };

    private static final String UNIQUE_VIOLATION = "23505";

    private final String table;
    private final String shared;

    Fence(String table, String shared) {
        this.table = table;
        this.shared = shared;
    }

    static Fence of(TargetDialect dialect) {
        return dialect.locksKeys() ? TASK_ROW : OWN_ROW;
    }

    /** Waits for everybody who holds the claim, and keeps others from doing so until the transaction ends. */
    abstract void exclude(Connection target, String taskId) throws SQLException;

    /** A claim was given; only after {@link #exclude}. */
    abstract void taken(Connection target, String taskId, long epoch, long generation) throws SQLException;

    /** Holds the claim beside others. Returns false when it is another one by now. */
    boolean share(Connection target, String taskId, long epoch) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT 1 FROM _sluice." + table + " WHERE task_id = ? AND epoch = ?" + shared)) {
            statement.setString(1, taskId);
            statement.setLong(2, epoch);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /**
     * The generation of the newest order that was carried out; null when none is noted.
     *
     * @param wait until whoever takes the task over has done so, and keep others from it
     */
    @Nullable
    Long generation(Connection target, String taskId, boolean wait) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT generation FROM _sluice." + table + " WHERE task_id = ?" + (wait ? shared : ""))) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getObject(1, Long.class) : null;
            }
        }
    }

    /** Whether there is a row to be locked. */
    final boolean lock(Connection target, String taskId) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT 1 FROM _sluice." + table + " WHERE task_id = ? FOR UPDATE")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /**
     * Adds a row, in place of ON CONFLICT DO NOTHING, which openGauss has not: one that another transaction adds at the same
     * time is waited for. Returns false when it was there.
     */
    static boolean addUnlessThere(Connection target, PreparedStatement insert) throws SQLException {
        Savepoint before = target.setSavepoint();
        try {
            insert.executeUpdate();
            target.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                throw e;
            }
            target.rollback(before);
            target.releaseSavepoint(before);
            return false;
        }
    }
}
