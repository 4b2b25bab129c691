package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.contracts.change.Lsn;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ApplyLagTest {

    private static final long SOURCE = 1_000_000;

    @Test
    void clocksThatDisagreeMakeNoLagAndHideNone() {
        for (long ownAhead : new long[] {-10_000, 0, 10_000}) {
            for (long captureAhead : new long[] {-10_000, 0, 10_000}) {
                ApplyLag lag = new ApplyLag(
                        () -> SOURCE, Clock.fixed(Instant.ofEpochMilli(SOURCE + ownAhead), ZoneOffset.UTC));
                Boundary idle = at(SOURCE - 50, SOURCE - 20 + captureAhead);
                assertThat(lag.total(idle)).isEqualTo(50);
                assertThat(lag.behindTopic(idle)).isBetween(0L, 50L);
                Boundary late = at(SOURCE - 10_000, SOURCE - 9_000 + captureAhead);
                assertThat(lag.total(late)).isEqualTo(10_000);
                assertThat(lag.behindTopic(late)).isBetween(0L, 10_000L);
            }
        }
    }

    @Test
    void theLagIsThatOfSourceAndTopic() {
        ApplyLag lag = new ApplyLag(() -> SOURCE, Clock.fixed(Instant.ofEpochMilli(SOURCE), ZoneOffset.UTC));
        assertThat(lag.behindTopic(at(SOURCE - 500, SOURCE - 200))).isEqualTo(200);
        assertThat(lag.total(at(SOURCE + 100, SOURCE))).isZero();
    }

    private static Boundary at(long sourceMillis, long topicMillis) {
        return new Boundary(1, new Lsn(1), sourceMillis, topicMillis);
    }
}
