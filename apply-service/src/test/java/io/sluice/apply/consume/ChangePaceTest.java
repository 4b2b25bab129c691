package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sluice.contracts.task.ChangeLimits;
import org.junit.jupiter.api.Test;

class ChangePaceTest {

    private long nanos;
    private ChangeLimits limits = new ChangeLimits(100L, null);
    private final ChangePace pace = new ChangePace(() -> limits, () -> nanos);

    @Test
    void whatWasWrittenIsWaitedFor() {
        pace.passed(100, 5_000);
        assertThat(pace.secondsOwed()).isZero();
        pace.passed(50, 5_000);
        assertThat(pace.secondsOwed()).isCloseTo(0.5, within(0.01));
        nanos += 500_000_000;
        assertThat(pace.secondsOwed()).isZero();
        assertThat(pace.isASecondsWorth(100, 0)).isTrue();
        assertThat(pace.isASecondsWorth(99, 1_000_000)).isFalse();
    }

    @Test
    void aChangedLimitCountsAtOnce() {
        pace.passed(1_100, 0);
        assertThat(pace.secondsOwed()).isCloseTo(10, within(0.01));
        limits = new ChangeLimits(1_000L, 1_000L);
        assertThat(pace.secondsOwed()).isCloseTo(1, within(0.01));
        limits = ChangeLimits.NONE;
        assertThat(pace.secondsOwed()).isZero();
    }
}
