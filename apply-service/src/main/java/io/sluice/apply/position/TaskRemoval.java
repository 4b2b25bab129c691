package io.sluice.apply.position;

import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.CleanUpSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Removes what is kept of a task, or makes it begin anew, for a DELETE. Like {@link Bookkeeping}, each method runs in the
 * transaction of the connection it is given.
 */
public final class TaskRemoval {

    private final TaskOrder order;
    private final Bookkeeping bookkeeping;

    public TaskRemoval(TaskOrder order) {
        this.order = order;
        this.bookkeeping = new Bookkeeping(order);
    }

    /**
     * Takes the task away from whoever writes for it, so that all of it can be removed.
     *
     * @return the epoch under which that may be done; null when nothing is kept
     * @throws FencedException when a newer order was carried out
     */
    public @Nullable Long claim(Connection target) throws SQLException {
        if (!BookkeepingSchema.exists(target) || !bookkeeping.holdsSince(target, 0)) {
            return null;
        }
        bookkeeping.prepare(target);
        bookkeeping.lock(target);
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.task SET epoch = epoch + 1, claimed_by = '', generation = ?, updated_at = now()
                WHERE task_id = ? AND coalesce(generation, 0) <= ? RETURNING epoch""")) {
            statement.setLong(1, order.generation());
            statement.setString(2, order.taskId());
            statement.setLong(3, order.generation());
            return bookkeeping.epoch(statement, target);
        }
    }

    /**
     * Begins to apply from the first record of a new topic.
     *
     * @return false when the first load has not ended; then nothing was changed
     * @throws FencedException when the claim is gone
     */
    public boolean beginAnew(Connection target, long epoch) throws SQLException {
        bookkeeping.share(target, epoch);
        new LaneNotes(order.taskId()).forget(target);
        new TableRenames(order.taskId()).beginAnew(target, order.renames());
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.task SET topic_offset = 0, applied_lsn = '0/0', topic_id = NULL, updated_at = now()
                WHERE task_id = ? AND stage = 'LOADED'""")) {
            statement.setString(1, order.taskId());
            return statement.executeUpdate() > 0;
        }
    }

    /**
     * Forgets the task.
     *
     * @throws FencedException when the claim of the removal is gone
     */
    public void remove(Connection target, long epoch) throws SQLException {
        try (PreparedStatement delete =
                target.prepareStatement("DELETE FROM _sluice.task WHERE task_id = ? AND epoch = ?")) {
            delete.setString(1, order.taskId());
            delete.setLong(2, epoch);
            if (delete.executeUpdate() == 0) {
                throw new FencedException();
            }
        }
        BookkeepingSchema.forgetNotes(target, order.taskId());
        BookkeepingSchema.delete(target, NotesTables.FENCE, order.taskId());
    }

    /** For a user to run by hand when {@link #remove} cannot be. */
    public String sql() {
        return CleanUpSql.forgetTask(order.taskId());
    }
}
