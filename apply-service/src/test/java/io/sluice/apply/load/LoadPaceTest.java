package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadPaceTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void aSecondsWorthIsFreeAndTheRestIsOwed() {
        TokenBucket bucket = new TokenBucket(0);
        bucket.take(300, 100L, 0);
        assertThat(bucket.secondsOwed(100L, 0)).isEqualTo(2);
        assertThat(bucket.secondsOwed(100L, SECOND)).isEqualTo(1);
        assertThat(bucket.secondsOwed(100L, 2 * SECOND)).isZero();
    }

    @Test
    void anotherLimitCountsAtOnce() {
        TokenBucket bucket = new TokenBucket(0);
        bucket.take(1_100, 100L, 0);
        assertThat(bucket.secondsOwed(100L, 0)).isEqualTo(10);
        assertThat(bucket.secondsOwed(1_000L, 0)).isEqualTo(1);
        assertThat(bucket.secondsOwed(null, 0)).isZero();
    }

    @Test
    void nothingPassesWhileTheLimitIsZero() {
        TokenBucket bucket = new TokenBucket(0);
        bucket.take(1, 0L, 0);
        assertThat(bucket.secondsOwed(0L, 3_600 * SECOND)).isInfinite();
    }
}
