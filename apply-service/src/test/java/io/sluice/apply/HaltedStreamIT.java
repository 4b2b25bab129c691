package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What a stream cannot go on after, and what of it is said. */
class HaltedStreamIT extends ApplyRunScenario {

    @Test
    void aForeignRecordIsNamedWithItsOffsetAndWhatCameBeforeItIsApplied() {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.foreign("{\"secret\": 1}");
        change(Operation.UPDATE, at(2, 1), "1", "c", "x");
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.CHANGE_UNREADABLE);
        assertThatThrownBy(run.done()::join).hasMessageContaining("Offset 3").hasMessageNotContaining("secret");
        awaitRows("1|b|x");
    }

    @Test
    void whoHoldsALockOnTheTargetIsNamed() throws SQLException {
        Run run = streaming("(1, 'a', 'x')");
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET application_name = 'by hand'");
            statement.execute("LOCK TABLE item IN SHARE MODE");
            change(Operation.UPDATE, at(1, 1), "1", "b", "x");
            topic.end(at(1, 2));
            topic.flush();
            assertFails(run, ErrorCode.OBJECT_LOCKED);
            assertThatThrownBy(run.done()::join).hasMessageContaining("by hand").hasMessageContaining("item");
        }
    }

    @Test
    void changesThatRetentionTookAreNotPassedOver() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        run.context().stop();
        await().until(run.done()::isDone);
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.deleteRecordsBefore(3);
        assertThatThrownBy(() -> run().done().join())
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(ErrorCode.CHANGES_EXPIRED));
        awaitRows("1|a|x");
    }

    /** Well-formed, and of a place that the source has left behind, or of one where it is not yet. */
    @Test
    void aHeartbeatThatTheSourceHasNotLeftThereIsNotBelieved() {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|b|x");
        topic.heartbeat(at(9, 0).commitLsn());
        change(Operation.UPDATE, at(2, 1), "1", "c", "x");
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.CHANGE_UNREADABLE);
        assertThatThrownBy(run.done()::join).hasMessageContaining("Offset 4").hasMessageContaining("is behind");
        awaitRows("1|b|x");
    }

    @Test
    void whatWasAppliedBeforeARestartIsNotAppliedAgain() {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        change(Operation.UPDATE, at(2, 1), "1", "c", "x");
        topic.end(at(2, 2));
        topic.flush();
        awaitRows("1|c|x");
        run.context().stop();
        await().until(run.done()::isDone);
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        assertFails(run(), ErrorCode.CHANGE_UNREADABLE);
        awaitRows("1|c|x");
    }

    /** By whoever writes to it next, where a broker makes topics that are missing. */
    @Test
    void aTopicThatWasMadeAgainDoesNotPassForTheOldOne() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|b|x");
        run.context().stop();
        await().until(run.done()::isDone);
        topic.makeAgain();
        for (int i = 2; i < 6; i++) {
            change(Operation.UPDATE, at(i, 1), "1", "n" + i, "x");
            topic.end(at(i, 2));
        }
        topic.flush();
        assertFails(run(), ErrorCode.CHANGES_LOST);
        awaitRows("1|b|x");
    }
}
