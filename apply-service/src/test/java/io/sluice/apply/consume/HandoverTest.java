package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.TestingContext;
import io.sluice.apply.consume.Handover.Asked;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HandoverTest {

    private static final TableName TABLE = new TableName("public", "t");

    private final Handover handover = new Handover(Set.of(TABLE), 100);
    private final TestingContext context = new TestingContext();

    @Test
    void theStreamTakesOverAtAPlaceThatItHasNotPassed() {
        assertThat(handover.passing(110)).isNull();
        CompletableFuture<Long> place = ask(120);
        assertThat(handover.passing(115)).as("the catch-up is further on").isNull();
        assertThat(handover.apart()).containsExactly(TABLE);
        Asked asked = answer(130);
        assertThat(asked.tables()).containsExactly(TABLE);
        assertThat(place.join()).isEqualTo(130);
        assertThat(handover.passing(140)).as("once").isNull();

        CompletableFuture<Boolean> caughtUp =
                CompletableFuture.supplyAsync(() -> handover.awaitCaughtUp(context), Thread::startVirtualThread);
        assertThat(caughtUp).isNotDone();
        CompletableFuture<Boolean> taken =
                CompletableFuture.supplyAsync(() -> handover.reached(context), Thread::startVirtualThread);
        assertThat(caughtUp.join()).isTrue();
        assertThat(taken).isNotDone();
        handover.taken();
        assertThat(taken.join()).isTrue();
        assertThat(handover.apart()).isEmpty();
    }

    @Test
    void aCatchUpThatBreaksBeforeThePlaceLeavesTheStreamAlone() {
        CompletableFuture<Long> unused = ask(120);
        handover.withdraw(broken());
        handover.requireSound();
        assertThat(handover.passing(200)).isNull();
        assertThat(handover.apart()).containsExactly(TABLE);
        context.stop();
    }

    @Test
    void aCatchUpThatBreaksAfterThePlaceBreaksTheStream() {
        CompletableFuture<Long> place = ask(120);
        answer(130);
        assertThat(place.join()).isEqualTo(130);
        handover.withdraw(broken());
        assertThatThrownBy(() -> handover.awaitCaughtUp(context)).isInstanceOf(SluiceException.class);
        assertThatThrownBy(handover::requireSound).isInstanceOf(SluiceException.class);
    }

    @Test
    void whoWaitsEndsWithTheRun() {
        CompletableFuture<Long> place = ask(120);
        context.stop();
        assertThat(place.join()).isEqualTo(-1);
    }

    private CompletableFuture<Long> ask(long caughtUp) {
        return CompletableFuture.supplyAsync(
                () -> handover.ask(new Asked(Set.of(TABLE), Map.of(), caughtUp), context), Thread::startVirtualThread);
    }

    /** As soon as the question is there. */
    private Asked answer(long nextOffset) {
        Asked asked = handover.passing(nextOffset);
        while (asked == null) {
            Thread.onSpinWait();
            asked = handover.passing(nextOffset);
        }
        return asked;
    }

    private static SluiceException broken() {
        return new SluiceException(ErrorCode.DATABASE_ERROR, "broken");
    }
}
