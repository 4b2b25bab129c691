package io.sluice.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.placement.RetryClock.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryClockTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Instant time = START;
    private final RetryClock clock = new RetryClock(
            new RetryWindows(60, 10), () -> Duration.between(START, time).toNanos());

    @Test
    void anErrorThatCannotPassIsGivenUpAtOnce() {
        assertThat(clock.over(ErrorCode.SLOT_LOST)).isTrue();
        assertThat(failed(ErrorCode.SLOT_LOST, START)).isEqualTo(new Verdict.GiveUp());
    }

    @Test
    void eachKindOfErrorHasItsWindowFromTheFirstErrorOn() {
        assertThat(until(ErrorCode.CONNECTION_REFUSED, START)).isEqualTo(START.plus(Duration.ofMinutes(60)));
        Instant later = START.plus(Duration.ofMinutes(5));
        assertThat(until(ErrorCode.ROW_REFUSED, later)).isEqualTo(START.plus(Duration.ofMinutes(10)));
        assertThat(clock.over(ErrorCode.ROW_REFUSED)).isFalse();
        Instant end = START.plus(Duration.ofMinutes(10));
        assertThat(failed(ErrorCode.ROW_REFUSED, end)).isEqualTo(new Verdict.GiveUp());
        assertThat(failed(ErrorCode.CONNECTION_REFUSED, end)).isInstanceOf(Verdict.Again.class);
        assertThat(clock.over(ErrorCode.ROW_REFUSED)).isTrue();
        assertThat(clock.over(ErrorCode.CONNECTION_REFUSED)).isFalse();
        assertThat(clock.progressed()).isTrue();
        assertThat(clock.over(ErrorCode.ROW_REFUSED)).isFalse();
    }

    /** By a clock that was set forward by a year the window is not over, and by one that was set back it does not grow. */
    @Test
    void theWindowIsWhatHasPassedWhateverTheClockSays() {
        failed(ErrorCode.ROW_REFUSED, START);
        time = START.plus(Duration.ofMinutes(4));
        for (Duration jump : List.of(Duration.ofDays(365), Duration.ofDays(-365))) {
            Instant shown = time.plus(jump);
            Verdict.Again again = (Verdict.Again) clock.failed(ErrorCode.ROW_REFUSED, shown);
            assertThat(again.until()).isEqualTo(shown.plus(Duration.ofMinutes(6)));
        }
        time = START.plus(Duration.ofMinutes(10));
        assertThat(clock.failed(ErrorCode.ROW_REFUSED, START)).isEqualTo(new Verdict.GiveUp());
    }

    @Test
    void aStepForwardEndsTheSeries() {
        failed(ErrorCode.ROW_REFUSED, START);
        assertThat(clock.progressed()).isTrue();
        assertThat(clock.progressed()).isFalse();
        Instant later = START.plus(Duration.ofHours(1));
        assertThat(until(ErrorCode.ROW_REFUSED, later)).isEqualTo(later.plus(Duration.ofMinutes(10)));
    }

    @Test
    void theWaitsGrowToABound() {
        Duration before = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            Verdict.Again again = (Verdict.Again) failed(ErrorCode.CONNECTION_LOST, START);
            assertThat(again.pause()).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofSeconds(15));
            before = again.pause();
        }
        assertThat(before).isEqualTo(Duration.ofSeconds(15));
    }

    private Instant until(ErrorCode code, Instant now) {
        return ((Verdict.Again) failed(code, now)).until();
    }

    private Verdict failed(ErrorCode code, Instant now) {
        time = now;
        return clock.failed(code, now);
    }
}
