package io.sluice.apply.position;

import io.sluice.apply.position.Standing.Stage;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * The schema {@code _sluice} on the target. Every method runs in the transaction of the connection it is given and
 * leaves the commit to the caller, so that a position is stored in the transaction that it speaks of. Stateless.
 *
 * <p>The epoch is the fence between instances: {@link #claim} raises it, and every transaction that writes for the task
 * passes {@link #share} or {@link #advance}, which fail once somebody else has claimed the task or it was ended. The
 * generation is the fence between orders: who carries out an older one than the target has seen, because it slept
 * through the newer, gets no claim, and can neither end the task nor remove it.
 */
public final class Bookkeeping {

    /** An epoch that no row of an earlier time has had, also one that is gone: it is counted from the clock. */
    private static final String NEW_EPOCH = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    private final String taskId;
    private final long generation;
    private final long start;
    private final TargetDialect dialect;
    private final Fence fence;

    /** For what an order asks for. */
    public Bookkeeping(TaskOrder order) {
        this(
                order.taskId(),
                order.generation(),
                order.start(),
                TargetDialect.of(order.spec().dialect()));
    }

    /**
     * @param generation of the order that is carried out
     * @param start see {@link TaskOrder#start}
     */
    public Bookkeeping(String taskId, long generation, long start, TargetDialect dialect) {
        this.taskId = taskId;
        this.generation = generation;
        this.start = start;
        this.dialect = dialect;
        this.fence = Fence.of(dialect);
    }

    /** Makes the schema and its tables if they are not there. */
    public void prepare(Connection target) throws SQLException {
        BookkeepingSchema.ensure(target, dialect);
    }

    /** Only one session at a time makes or drops tables of the schema; until the end of its transaction. */
    public static void lock(Statement statement) throws SQLException {
        statement.execute("SELECT pg_advisory_xact_lock(hashtext('_sluice'))");
    }

    /** Whether the task's row is there since its last start; no run may make it again once there was one. */
    public boolean isKept(Connection target) throws SQLException {
        return BookkeepingSchema.exists(target) && holdsSince(target, start);
    }

    /** Were it made again, everything would be loaded a second time over what is there. */
    public static SluiceException lost() {
        return new SluiceException(
                ErrorCode.BOOKKEEPING_LOST,
                "What Sluice keeps for this task in the schema _sluice of the target is gone, so it cannot be told what was"
                        + " loaded and applied. Nothing was written. Stop the task, empty its tables on the target and load"
                        + " again with a new one.");
    }

    boolean holdsSince(Connection target, long since) throws SQLException {
        // A version that did not note it made no column for it.
        String noted = BookkeepingSchema.knowsGenerations(target) ? "generation" : "NULL::bigint";
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT 1 FROM _sluice.task WHERE task_id = ? AND coalesce(" + noted + ", ?) >= ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, since);
            statement.setLong(3, since);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Whether the schema has a table of this name. */
    public static boolean holds(Connection target, String table) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = '_sluice' AND c.relname = ?""")) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /**
     * Makes this run the one that may write for the task.
     *
     * @param claimant names the run; no other has this name
     * @param again the run held the claim before, and wants it only if nobody took it since
     * @throws FencedException when somebody did, or a newer order was carried out
     * @throws SluiceException {@code TASK_FENCED} when the task has ended on this target
     */
    public Standing claim(Connection target, String claimant, boolean again) throws SQLException {
        lock(target);
        // What somebody who came late has made of an order from before the reset.
        try (PreparedStatement delete =
                target.prepareStatement("DELETE FROM _sluice.task WHERE task_id = ? AND generation < ?")) {
            delete.setString(1, taskId);
            delete.setLong(2, start);
            delete.executeUpdate();
        }
        add(target);
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.task SET epoch = epoch + 1, claimed_by = ?, generation = ?, updated_at = now()
                WHERE task_id = ? AND (NOT ? OR claimed_by = ?) AND coalesce(generation, 0) <= ?
                RETURNING epoch, stage, topic_offset, applied_lsn""")) {
            update.setString(1, claimant);
            update.setLong(2, generation);
            update.setString(3, taskId);
            update.setBoolean(4, again);
            update.setString(5, claimant);
            update.setLong(6, generation);
            try (ResultSet row = update.executeQuery()) {
                if (!row.next()) {
                    requireNewest(target);
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
                fence.taken(target, taskId, standing.epoch(), generation);
                return standing;
            }
        }
    }

    /** Makes the task's row if it is not there. Then nothing counts that is noted of a life which has ended. */
    private void add(Connection target) throws SQLException {
        if (holdsSince(target, 0)) {
            return;
        }
        try (PreparedStatement insert = target.prepareStatement(
                "INSERT INTO _sluice.task (task_id, epoch, claimed_by, stage, topic_offset, applied_lsn) VALUES (?, "
                        + NEW_EPOCH + ", '', 'LOADING', 0, '0/0')")) {
            insert.setString(1, taskId);
            if (Fence.addUnlessThere(target, insert)) {
                BookkeepingSchema.forgetNotes(target, taskId);
            }
        }
    }

    /**
     * Whoever carries out a newer order waits until this transaction has ended.
     *
     * @throws FencedException when a newer order was carried out: what this one asks for is not wanted any more
     */
    public void requireNewest(Connection target) throws SQLException {
        requireNewest(target, true);
    }

    private void requireNewest(Connection target, boolean wait) throws SQLException {
        if (!BookkeepingSchema.knowsGenerations(target)) {
            return;
        }
        Long newest = fence.generation(target, taskId, wait);
        if (newest != null && newest > generation) {
            throw FencedException.outdated(generation, newest);
        }
    }

    /**
     * Waits for everybody who shares the claim, and keeps others from doing so until the transaction ends. An UPDATE of the
     * task alone does not: it goes beside {@link #share}, so that a position can be stored while rows are copied.
     */
    void lock(Connection target) throws SQLException {
        fence.exclude(target, taskId);
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
     *
     * @throws FencedException when a newer order was carried out: then they are not of a dead run
     */
    public void endOtherSessions(Connection target) throws SQLException {
        // Without waiting for a lock that one of them may hold.
        requireNewest(target, false);
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = ? AND pid <> pg_backend_pid() AND datname = current_database()
                  AND usename = current_user""")) {
            statement.setString(1, applicationName(taskId));
            statement.execute();
        }
    }

    /**
     * Holds the claim for this transaction together with others of the same instance; none of them keeps {@link #advance}
     * waiting.
     *
     * @throws FencedException when the claim is gone
     */
    public void share(Connection target, long epoch) throws SQLException {
        if (!fence.share(target, taskId, epoch)) {
            throw new FencedException();
        }
    }

    /**
     * Keeps the task from being fenced until this transaction has ended; for what is right whoever holds the claim.
     *
     * @throws FencedException when the task was ended, is not there, or a newer order was carried out
     */
    public void shareUntilEnd(Connection target) throws SQLException {
        requireNewest(target);
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT 1 FROM _sluice.task WHERE task_id = ? AND stage = 'LOADED' FOR SHARE")) {
            statement.setString(1, taskId);
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
                "UPDATE _sluice.task SET stage = 'LOADED', updated_at = now() WHERE task_id = ? AND epoch = ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, epoch);
            if (statement.executeUpdate() == 0) {
                throw new FencedException();
            }
        }
    }

    public Map<TableName, TableLoad> tableLoads(Connection target) throws SQLException {
        return new LoadNotes(taskId).tables(target);
    }

    /** The tables were just made or found, in this transaction; those that are known stay as they are. */
    public void tablesMade(Connection target, Collection<TableName> tables) throws SQLException {
        if (tables.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.table_load (task_id, schema_name, table_name)
                SELECT ?::text, m.schema_name, m.table_name
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS m
                WHERE NOT EXISTS (
                    SELECT 1 FROM _sluice.table_load l
                    WHERE l.task_id = ? AND l.schema_name = m.schema_name AND l.table_name = m.table_name)""")) {
            statement.setString(1, taskId);
            TableArrays.set(statement, 2, Set.copyOf(tables));
            statement.setString(4, taskId);
            statement.executeUpdate();
        }
    }

    /**
     * Fences the task for good: no claim is given any more, and every older one is void.
     *
     * @return the epoch under which only what follows from the end may be done
     * @throws FencedException when a newer order was carried out
     */
    public long end(Connection target) throws SQLException {
        prepare(target);
        lock(target);
        add(target);
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.task
                SET epoch = epoch + 1, claimed_by = '', generation = ?, stage = 'ENDED', updated_at = now()
                WHERE task_id = ? AND coalesce(generation, 0) <= ? RETURNING epoch""")) {
            statement.setLong(1, generation);
            statement.setString(2, taskId);
            statement.setLong(3, generation);
            return epoch(statement, target);
        }
    }

    /** Of what a statement has changed; none means that another run or order came first. */
    long epoch(PreparedStatement statement, Connection target) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                requireNewest(target);
                throw new FencedException();
            }
            long epoch = row.getLong(1);
            fence.taken(target, taskId, epoch, generation);
            return epoch;
        }
    }

    /**
     * Fences the task for good if the target has everything up to a position.
     *
     * @return false when it has not, when a table is still loaded beside the stream, or another end came first; then
     *     nothing was changed
     * @throws FencedException when a newer order was carried out
     */
    public boolean endAt(Connection target, Lsn position) throws SQLException {
        lock(target);
        Lsn applied = null;
        try (PreparedStatement lock = target.prepareStatement(
                "SELECT applied_lsn FROM _sluice.task WHERE task_id = ? AND stage = 'LOADED' FOR UPDATE")) {
            lock.setString(1, taskId);
            try (ResultSet row = lock.executeQuery()) {
                if (row.next()) {
                    applied = Lsn.parse(row.getString(1));
                }
            }
        }
        if (applied == null || position.isAfter(applied) || new TableTurns(taskId).anyApart(target)) {
            return false;
        }
        end(target);
        return true;
    }

    /** Whether nothing may be written for the task any more. */
    public boolean ended(Connection target) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT 1 FROM _sluice.task WHERE task_id = ? AND stage = 'ENDED'")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }
}
