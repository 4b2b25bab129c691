package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FailedLoginsTest {

    private final SetClock clock = new SetClock();
    private final FailedLogins failures = new FailedLogins(3, Duration.ofMinutes(1), clock);

    @Test
    void whoFailsTooOftenWaitsForTheRestOfTheWindow() {
        for (int i = 0; i < 3; i++) {
            assertThat(failures.failed("10.0.0.1")).isZero();
        }
        clock.now = clock.now.plusSeconds(20);

        assertThat(failures.failed("10.0.0.1")).isEqualTo(Duration.ofSeconds(40));
        assertThat(failures.failed("10.0.0.2")).isZero();
    }

    @Test
    void aNewWindowBeginsAtNothing() {
        for (int i = 0; i < 10; i++) {
            failures.failed("10.0.0.1");
        }
        clock.now = clock.now.plusSeconds(60);

        assertThat(failures.failed("10.0.0.1")).isZero();
    }

    @Test
    void aNetworkOfIpv6CountsAsOneAddress() {
        for (int i = 0; i < 3; i++) {
            failures.failed("2001:db8:0:1:0:0:0:" + i);
        }

        assertThat(failures.failed("2001:db8:0:1:ffff:0:0:9")).isPositive();
        assertThat(failures.failed("2001:db8:0:2:0:0:0:1")).isZero();
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 20_000; i++) {
            failures.failed("host-" + i);
        }

        assertThat(failures.addresses()).isEqualTo(10_000);
    }

    @Test
    void whoHasFailedTooOftenHasAFewGuessesAtATime() {
        assertThat(failures.exhausted("10.0.0.1")).isFalse();
        for (int i = 0; i < 3; i++) {
            failures.failed("10.0.0.1");
        }
        assertThat(failures.exhausted("10.0.0.1")).isTrue();
        assertThat(failures.exhausted("10.0.0.2")).isFalse();
        for (int i = 0; i < FailedLogins.MOST_GUESSES; i++) {
            assertThat(failures.enter("10.0.0.1")).isTrue();
        }
        assertThat(failures.enter("10.0.0.1")).isFalse();
        assertThat(failures.enter("10.0.0.2")).isTrue();

        failures.leave("10.0.0.1");
        assertThat(failures.enter("10.0.0.1")).isTrue();
        clock.now = clock.now.plusSeconds(60);
        assertThat(failures.exhausted("10.0.0.1")).isFalse();
    }

    @Test
    void manyAddressesTogetherDoNotFillTheMemoryWithGuesses() {
        int waiting = 0;
        for (int i = 0; i < 5_000; i++) {
            waiting += failures.enter("host-" + i) ? 1 : 0;
        }
        assertThat(waiting).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i++) {
            failures.leave("host-" + i);
        }
        assertThat(failures.enter("host-4999")).isTrue();
    }

    private static final class SetClock extends Clock {

        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
