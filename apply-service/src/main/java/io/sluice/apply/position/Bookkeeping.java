package io.sluice.apply.position;

import io.sluice.apply.position.Standing.Stage;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.SnapshotFence;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The schema {@code _sluice} on the target. Every method runs in the transaction of the connection it is given and
 * leaves the commit to the caller, so that a position is stored in the transaction that it speaks of. Stateless.
 *
 * <p>The epoch is the fence between instances: {@link #claim} raises it, and every transaction that writes for the task
 * passes {@link #share} or {@link #advance}, which fail once somebody else has claimed the task or it was ended.
 */
public final class Bookkeeping {

    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtext('_sluice'))";

    private final String taskId;

    public Bookkeeping(String taskId) {
        this.taskId = taskId;
    }

    /** Makes the schema and its tables if they are not there. */
    public static void ensure(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            if (exists(statement)) {
                return;
            }
            statement.execute(LOCK);
            statement.execute("CREATE SCHEMA IF NOT EXISTS _sluice");
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS _sluice.task (
                        task_id text PRIMARY KEY,
                        epoch bigint NOT NULL,
                        claimed_by text NOT NULL,
                        stage text NOT NULL,
                        topic_offset bigint NOT NULL,
                        applied_lsn text NOT NULL,
                        updated_at timestamptz NOT NULL DEFAULT now()
                    )""");
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS _sluice.table_load (
                        task_id text NOT NULL REFERENCES _sluice.task ON DELETE CASCADE,
                        schema_name text NOT NULL,
                        table_name text NOT NULL,
                        done boolean NOT NULL DEFAULT false,
                        fence_snapshot text,
                        fence_until text,
                        rows_loaded bigint NOT NULL DEFAULT 0,
                        bytes_loaded bigint NOT NULL DEFAULT 0,
                        PRIMARY KEY (task_id, schema_name, table_name)
                    )""");
        }
    }

    /** Whether the task's row is there; no run may make it again once there was one. */
    public boolean isKept(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            return exists(statement) && holdsTask(target);
        }
    }

    /** Were it made again, everything would be loaded a second time over what is there. */
    public static SluiceException lost() {
        return new SluiceException(
                ErrorCode.BOOKKEEPING_LOST,
                "What Sluice keeps for this task in the schema _sluice of the target is gone, so it cannot be told what was"
                        + " loaded and applied. Nothing was written. Stop the task, empty its tables on the target and load"
                        + " again with a new one.");
    }

    private boolean holdsTask(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("SELECT 1 FROM _sluice.task WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static boolean exists(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT to_regclass('_sluice.table_load') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /**
     * Makes this run the one that may write for the task.
     *
     * @param claimant names the run; no other has this name
     * @param again the run held the claim before, and wants it only if nobody took it since
     * @throws FencedException when somebody did
     * @throws SluiceException {@code TASK_FENCED} when the task has ended on this target
     */
    public Standing claim(Connection target, String claimant, boolean again) throws SQLException {
        // Counted from the clock, so that a run from before a reset, whose row is gone, never has the epoch of a later
        // one.
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.task (task_id, epoch, claimed_by, stage, topic_offset, applied_lsn)
                VALUES (?, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, '', 'LOADING', 0, '0/0') ON CONFLICT (task_id) DO NOTHING""")) {
            insert.setString(1, taskId);
            insert.executeUpdate();
        }
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.task SET epoch = epoch + 1, claimed_by = ?, updated_at = now()
                WHERE task_id = ? AND (NOT ? OR claimed_by = ?)
                RETURNING epoch, stage, topic_offset, applied_lsn""")) {
            update.setString(1, claimant);
            update.setString(2, taskId);
            update.setBoolean(3, again);
            update.setString(4, claimant);
            try (ResultSet row = update.executeQuery()) {
                if (!row.next()) {
                    throw new FencedException();
                }
                Standing standing = new Standing(
                        row.getLong(1), Stage.valueOf(row.getString(2)), row.getLong(3), Lsn.parse(row.getString(4)));
                if (standing.stage() == Stage.ENDED) {
                    throw new SluiceException(
                            ErrorCode.TASK_FENCED,
                            "This task was stopped or cut over; nothing is written to the target for it any more."
                                    + " Create a new task to go on.");
                }
                return standing;
            }
        }
    }

    /**
     * @throws FencedException when another run has taken the claim
     */
    public void requireHeld(Connection target, String claimant) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT 1 FROM _sluice.task WHERE task_id = ? AND claimed_by = ?")) {
            statement.setString(1, taskId);
            statement.setString(2, claimant);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new FencedException();
                }
            }
        }
    }

    /** Names the sessions of a task on its target, so that those of a dead run can be found and ended. */
    public static String applicationName(String taskId) {
        return "sluice-apply " + taskId;
    }

    /**
     * Ends every other session of the task: one of a dead run may hold locks until the server notices, and what it does is
     * void once the task is claimed.
     */
    public void endOtherSessions(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = ? AND pid <> pg_backend_pid() AND datname = current_database()
                  AND usename = current_user""")) {
            statement.setString(1, applicationName(taskId));
            statement.execute();
        }
    }

    /**
     * Holds the claim for this transaction together with others of the same instance.
     *
     * @throws FencedException when the claim is gone
     */
    public void share(Connection target, long epoch) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT 1 FROM _sluice.task WHERE task_id = ? AND epoch = ? FOR SHARE")) {
            statement.setString(1, taskId);
            statement.setLong(2, epoch);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new FencedException();
                }
            }
        }
    }

    /**
     * Stores where the stream is, as a part of the transaction that brought the target there.
     *
     * @throws FencedException when the claim is gone; the transaction must be rolled back
     */
    public void advance(Connection target, long epoch, long topicOffset, Lsn appliedLsn) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.task SET topic_offset = ?, applied_lsn = ?, updated_at = now()
                WHERE task_id = ? AND epoch = ?""")) {
            statement.setLong(1, topicOffset);
            statement.setString(2, appliedLsn.toString());
            statement.setString(3, taskId);
            statement.setLong(4, epoch);
            if (statement.executeUpdate() == 0) {
                throw new FencedException();
            }
        }
    }

    /** Every table is complete. */
    public void loaded(Connection target, long epoch) throws SQLException {
        share(target, epoch);
        try (PreparedStatement statement = target.prepareStatement(
                "UPDATE _sluice.task SET stage = 'LOADED', updated_at = now() WHERE task_id = ?")) {
            statement.setString(1, taskId);
            statement.executeUpdate();
        }
    }

    public Map<TableName, TableLoad> tableLoads(Connection target) throws SQLException {
        Map<TableName, TableLoad> loads = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, done, fence_snapshot, fence_until, rows_loaded, bytes_loaded
                FROM _sluice.table_load WHERE task_id = ?""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName name = new TableName(row.getString(1), row.getString(2));
                    String snapshot = row.getString(4);
                    SnapshotFence fence =
                            snapshot == null ? null : SnapshotFence.parse(snapshot, Lsn.parse(row.getString(5)));
                    loads.put(name, new TableLoad(name, row.getBoolean(3), fence, row.getLong(6), row.getLong(7)));
                }
            }
        }
        return loads;
    }

    /** The table was just made, in this transaction. */
    public void tableMade(Connection target, TableName table) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "INSERT INTO _sluice.table_load (task_id, schema_name, table_name) VALUES (?, ?, ?)")) {
            setTable(statement, table);
            statement.executeUpdate();
        }
    }

    /** The copy of these tables begins anew, under the snapshot of this fence. */
    public void copyBegins(Connection target, List<TableName> tables, SnapshotFence fence) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.table_load SET fence_snapshot = ?, fence_until = ?, rows_loaded = 0, bytes_loaded = 0
                WHERE task_id = ? AND schema_name = ? AND table_name = ?""")) {
            for (TableName table : tables) {
                statement.setString(1, fence.text());
                statement.setString(2, fence.until().toString());
                statement.setString(3, taskId);
                statement.setString(4, table.schema());
                statement.setString(5, table.table());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** The table has all rows of its snapshot, its key and its indexes. */
    public void tableDone(Connection target, TableName table, long rows, long bytes) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.table_load SET done = true, rows_loaded = ?, bytes_loaded = ?
                WHERE task_id = ? AND schema_name = ? AND table_name = ?""")) {
            statement.setLong(1, rows);
            statement.setLong(2, bytes);
            statement.setString(3, taskId);
            statement.setString(4, table.schema());
            statement.setString(5, table.table());
            statement.executeUpdate();
        }
    }

    /** Fences the task for good: no claim is given any more, and every older one is void. */
    public void end(Connection target) throws SQLException {
        ensure(target);
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.task AS t (task_id, epoch, claimed_by, stage, topic_offset, applied_lsn)
                VALUES (?, 1, '', 'ENDED', 0, '0/0')
                ON CONFLICT (task_id) DO UPDATE
                SET epoch = t.epoch + 1, claimed_by = '', stage = 'ENDED', updated_at = now()""")) {
            statement.setString(1, taskId);
            statement.executeUpdate();
        }
    }

    /** Forgets the task. */
    public void remove(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            if (!exists(statement)) {
                return;
            }
            try (PreparedStatement delete = target.prepareStatement("DELETE FROM _sluice.task WHERE task_id = ?")) {
                delete.setString(1, taskId);
                delete.executeUpdate();
            }
        }
    }

    /** For a user to run by hand when {@link #remove} cannot be. */
    public String removeSql() {
        return "DELETE FROM _sluice.task WHERE task_id = " + Identifier.literal(taskId);
    }

    /** Drops the schema when it holds no task any more. */
    public static void dropIfUnused(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            if (!exists(statement)) {
                return;
            }
            // Who writes for another task holds the table; then it is in use, and nobody must queue up behind this
            // lock.
            statement.execute("SET LOCAL lock_timeout = '3s'");
            statement.execute(LOCK);
            try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM _sluice.task)")) {
                row.next();
                if (row.getBoolean(1)) {
                    return;
                }
            }
            statement.execute("LOCK TABLE _sluice.task IN ACCESS EXCLUSIVE MODE");
            try (ResultSet row = statement.executeQuery("SELECT NOT EXISTS (SELECT FROM _sluice.task)")) {
                row.next();
                if (!row.getBoolean(1)) {
                    return;
                }
            }
            statement.execute("DROP TABLE _sluice.table_load, _sluice.task");
            statement.execute("DROP SCHEMA _sluice");
        }
    }

    private void setTable(PreparedStatement statement, TableName table) throws SQLException {
        statement.setString(1, taskId);
        statement.setString(2, table.schema());
        statement.setString(3, table.table());
    }
}
