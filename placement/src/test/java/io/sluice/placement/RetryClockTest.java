package io.sluice.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.placement.RetryClock.Verdict;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RetryClockTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final RetryClock clock = new RetryClock(new RetryWindows(60, 10));

    @Test
    void anErrorThatCannotPassIsGivenUpAtOnce() {
        assertThat(clock.failed(ErrorCode.SLOT_LOST, START)).isEqualTo(new Verdict.GiveUp());
    }

    @Test
    void eachKindOfErrorHasItsWindowFromTheFirstErrorOn() {
        assertThat(until(ErrorCode.CONNECTION_REFUSED, START)).isEqualTo(START.plus(Duration.ofMinutes(60)));
        Instant later = START.plus(Duration.ofMinutes(5));
        assertThat(until(ErrorCode.ROW_REFUSED, later)).isEqualTo(START.plus(Duration.ofMinutes(10)));
        assertThat(clock.failed(ErrorCode.ROW_REFUSED, START.plus(Duration.ofMinutes(10))))
                .isEqualTo(new Verdict.GiveUp());
        assertThat(clock.failed(ErrorCode.CONNECTION_REFUSED, START.plus(Duration.ofMinutes(10))))
                .isInstanceOf(Verdict.Again.class);
    }

    @Test
    void aStepForwardEndsTheSeries() {
        clock.failed(ErrorCode.ROW_REFUSED, START);
        assertThat(clock.progressed()).isTrue();
        assertThat(clock.progressed()).isFalse();
        Instant later = START.plus(Duration.ofHours(1));
        assertThat(until(ErrorCode.ROW_REFUSED, later)).isEqualTo(later.plus(Duration.ofMinutes(10)));
    }

    @Test
    void theWaitsGrowToABound() {
        Duration before = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            Verdict.Again again = (Verdict.Again) clock.failed(ErrorCode.CONNECTION_LOST, START);
            assertThat(again.pause()).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofSeconds(15));
            before = again.pause();
        }
        assertThat(before).isEqualTo(Duration.ofSeconds(15));
    }

    private Instant until(ErrorCode code, Instant now) {
        return ((Verdict.Again) clock.failed(code, now)).until();
    }
}
