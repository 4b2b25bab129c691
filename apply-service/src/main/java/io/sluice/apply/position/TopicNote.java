package io.sluice.apply.position;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** From which topic a task's changes come. Its offsets say nothing of one that is made later under the same name. */
public record TopicNote(String taskId, Bookkeeping bookkeeping) {

    /**
     * Notes the topic, once.
     *
     * @param topicId of the topic as it is now; empty when Kafka tells none
     * @throws FencedException when the claim is gone
     * @throws SluiceException {@code CHANGES_LOST} when the topic was deleted and made again since
     */
    public void require(Connection target, long epoch, String topicId) throws SQLException {
        bookkeeping.share(target, epoch);
        String noted;
        try (PreparedStatement statement =
                target.prepareStatement("SELECT topic_id FROM _sluice.task WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                noted = row.next() ? row.getString(1) : null;
            }
        }
        if (topicId.isEmpty() || topicId.equals(noted)) {
            return;
        }
        if (noted != null) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic was deleted and made again, with changes lost that may not have been applied. Stop"
                            + " the task and load again with a new one.");
        }
        try (PreparedStatement statement =
                target.prepareStatement("UPDATE _sluice.task SET topic_id = ? WHERE task_id = ?")) {
            statement.setString(1, topicId);
            statement.setString(2, taskId);
            statement.executeUpdate();
        }
    }
}
