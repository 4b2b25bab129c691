package io.sluice.apply.position;

import io.sluice.contracts.change.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Where a task stands on its target.
 *
 * @param epoch of the claim under which this instance may write
 * @param topicOffset the next record of the change topic to apply
 * @param appliedLsn up to here the source's transactions are on the target
 */
public record Standing(long epoch, Stage stage, long topicOffset, Lsn appliedLsn) {

    /**
     * Reads it under a claim.
     *
     * @throws FencedException when the claim is gone
     */
    public static Standing read(Connection target, String taskId, long epoch) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT stage, topic_offset, applied_lsn FROM _sluice.task WHERE task_id = ? AND epoch = ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, epoch);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new FencedException();
                }
                return new Standing(
                        epoch, Stage.valueOf(row.getString(1)), row.getLong(2), Lsn.parse(row.getString(3)));
            }
        }
    }

    /** How far a task has come on its target; stored by name. */
    public enum Stage {
        /** Tables are being made and filled. */
        LOADING,
        /** Every table is complete; changes may be applied. */
        LOADED,
        /** Stopped or cut over: nothing may be written for this task any more. */
        ENDED
    }
}
