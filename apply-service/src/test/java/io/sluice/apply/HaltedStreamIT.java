package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Each in the middle of a source transaction, of which nothing is applied. */
    @ParameterizedTest
    @ValueSource(strings = {"poisoned", "end of the transaction", "change of the transaction", "nothing"})
    void aPoisonedRecordIsNamedAndNothingIsAppliedFromItsTransactionOn(String what) {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        change(Operation.UPDATE, at(2, 1), "1", "c", "x");
        change(Operation.INSERT, at(2, 2), "2", "d", "x");
        switch (what) {
            case "end of the transaction" -> topic.end(at(2, 9));
            case "change of the transaction" -> change(Operation.INSERT, at(2, 2), "3", "poisoned", "x");
            case "nothing" -> topic.foreign((byte[]) null);
            default -> topic.foreign(what);
        }
        change(Operation.INSERT, at(2, 3), "4", "e", "x");
        topic.end(at(2, 4));
        topic.flush();
        assertFails(run, ErrorCode.CHANGE_UNREADABLE);
        assertThatThrownBy(run.done()::join)
                .hasMessageContaining("Offset 5")
                .hasMessageContaining("reload")
                .hasMessageNotContaining("poisoned");
        awaitRows("1|b|x");
        assertFails(run(), ErrorCode.CHANGE_UNREADABLE);
        awaitRows("1|b|x");
    }

    /** One that looks like one of capture's is applied; what comes next does not follow it, in this run and in all others. */
    @Test
    void aForgedTransactionIsNamedAsSoonAsSomethingFollows() {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(7, 1), "1", "forged", "x");
        topic.end(at(7, 2));
        topic.flush();
        awaitRows("1|forged|x");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        assertFails(run, ErrorCode.CHANGE_UNREADABLE);
        assertFails(run(), ErrorCode.CHANGE_UNREADABLE);
        awaitRows("1|forged|x");
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

    /** More than a feed reads ahead, at a pace at which it does not get there. */
    @Test
    void changesThatRetentionTakesFromARunThatIsBehindAreNotPassedOver() throws Exception {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        for (int i = 1; i <= 40_000; i++) {
            change(Operation.UPDATE, at(i, 1), "1", "b" + i, "x");
            topic.end(at(i, 2));
        }
        topic.flush();
        Run run = run(TestingOrders.with(order(Phase.RUN), new ChangeLimits(5L, null)), context(), new Claimant());
        awaitChanged();
        topic.deleteRecordsBefore(topic.records());
        run.context().order(order(Phase.RUN));
        assertFails(run, ErrorCode.CHANGES_EXPIRED);
        assertFails(run(), ErrorCode.CHANGES_EXPIRED);
    }

    @Test
    void aTopicThatIsMadeAgainUnderARunIsNotTakenForTheOldOne() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|b|x");
        topic.makeAnew();
        topic.heartbeat(new Lsn(1));
        topic.flush();
        assertFails(run, ErrorCode.CHANGES_LOST);
        assertFails(run(), ErrorCode.CHANGES_LOST);
        awaitRows("1|b|x");
    }

    private void awaitChanged() {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> count("SELECT count(*) FROM pg_class WHERE relname = 'item'") == 1
                        && count("SELECT count(*) FROM item WHERE name <> 'a'") == 1);
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
