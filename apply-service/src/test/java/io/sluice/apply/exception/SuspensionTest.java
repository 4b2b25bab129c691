package io.sluice.apply.exception;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.apply.exception.Suspension.Answer;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SuspensionTest {

    private static final Lsn BEFORE = new Lsn(10);
    private static final Lsn AFTER = new Lsn(11);

    @Test
    void aSuspendedTableGoesOnAsItsUserWants() {
        assertThat(of(1, null).answer(Step.SUSPENDED, AFTER)).isEqualTo(Answer.NOTHING);
        assertThat(of(1, Wish.RETRY).answer(Step.SUSPENDED, AFTER)).isEqualTo(Answer.GO_ON);
        assertThat(of(1, Wish.SKIP).answer(Step.SUSPENDED, AFTER)).isEqualTo(Answer.LEAVE_OUT);
        assertThat(of(0, Wish.SKIP).answer(Step.SUSPENDED, AFTER)).isEqualTo(Answer.DECLINE);
        assertThat(of(0, Wish.RETRY).answer(Step.SUSPENDED, AFTER)).isEqualTo(Answer.GO_ON);
    }

    @Test
    void nothingIsDoneWhileSomebodyWorksOnTheTable() {
        for (Step step : new Step[] {Step.EMPTY, Step.LOAD, Step.RETURNING}) {
            assertThat(of(1, Wish.SKIP).answer(step, AFTER)).isEqualTo(Answer.NOTHING);
            assertThat(of(1, Wish.RETRY).answer(step, AFTER)).isEqualTo(Answer.NOTHING);
        }
    }

    @Test
    void aCommandThatTheTaskHasStoppedOnIsLeftOutOrGotOver() {
        assertThat(of(1, Wish.SKIP).answer(Step.DONE, BEFORE)).isEqualTo(Answer.LEAVE_OUT);
        assertThat(of(1, Wish.RETRY).answer(Step.DONE, BEFORE)).isEqualTo(Answer.NOTHING);
        assertThat(of(1, null).answer(Step.JOINED, BEFORE)).isEqualTo(Answer.NOTHING);
        assertThat(of(1, null).answer(Step.DONE, AFTER)).isEqualTo(Answer.OVER);
        assertThat(of(1, Wish.SKIP).answer(Step.JOINED, AFTER)).isEqualTo(Answer.OVER);
    }

    private static Suspension of(long order, @Nullable Wish wish) {
        return new Suspension(
                1,
                new TableName("public", "t"),
                ErrorCode.SCHEMA_CHANGED,
                "why",
                null,
                new ChangePosition(BEFORE, 7, order),
                Instant.EPOCH,
                wish);
    }
}
