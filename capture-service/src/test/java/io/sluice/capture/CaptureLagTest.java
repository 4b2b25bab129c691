package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.capture.publish.PublishListener.Committed;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CaptureLagTest {

    private final TestingClock clock = new TestingClock();
    private final CaptureLag lag = new CaptureLag(clock, new Lsn(1));

    @Test
    void timeIsTheSources() {
        clock.millis = 1_000;
        lag.looked(501_010, 1_000, 1_020);
        committed(501_000, null);
        assertThat(lag.millis()).isZero();
        clock.millis = 1_250;
        committed(501_200, null);
        assertThat(lag.millis()).isEqualTo(50);
    }

    @Test
    void aHeartbeatThatDoesNotArriveIsLag() {
        lag.beat(0);
        clock.millis = 10;
        lag.beat(10);
        committed(10, null);
        assertThat(lag.millis()).isZero();
        lag.beat(10);
        clock.millis = 3_010;
        lag.beat(3_010);
        assertThat(lag.millis()).isEqualTo(3_000);
        committed(3_010, null);
        assertThat(lag.millis()).isZero();
    }

    @Test
    void clocksMayJump() {
        clock.millis = 1_000_000;
        lag.looked(1_000_000, 1_000_000, 1_000_000);
        lag.beat(1_000_000);
        // The source's clock is set back by 500 s; the reader then stands still for 4 s.
        lag.looked(501_000, 1_001_000, 1_001_000);
        lag.beat(501_000);
        clock.millis = 1_005_000;
        assertThat(lag.millis()).isEqualTo(4_000);
        committed(505_000, null);
        assertThat(lag.millis()).isZero();
        // Ours is set forward by an hour: true again with the next look.
        clock.millis += 3_600_000;
        lag.looked(506_000, clock.millis, clock.millis);
        lag.beat(506_000);
        committed(506_000, null);
        assertThat(lag.millis()).isZero();
    }

    @Test
    void onlyACompleteTransactionMovesThePosition() {
        committed(0, null);
        assertThat(lag.captured()).isEqualTo(new Lsn(1));
        committed(0, new Lsn(7));
        assertThat(lag.captured()).isEqualTo(new Lsn(7));
    }

    private void committed(long sourceMillis, @Nullable Lsn safe) {
        lag.committed(new Committed(new ChangePosition(new Lsn(5), 1, 1), safe, 1, 10, sourceMillis));
    }

    private static final class TestingClock extends Clock {
        private long millis;

        @Override
        public long millis() {
            return millis;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis);
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
