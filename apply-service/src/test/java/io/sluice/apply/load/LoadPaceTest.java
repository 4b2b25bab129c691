package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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

    @Test
    void aPieceIsAHundredthOfTheTableWithinBounds() {
        PieceSize size = new PieceSize();
        double free = Double.POSITIVE_INFINITY;
        assertThat(size.next(1_000_000, 4, free)).isEqualTo(256);
        size.took(1_000, Duration.ofSeconds(1));
        // A million pages at a thousand a second by four workers: 250 s, of which a hundredth is 2.5 s.
        assertThat(size.next(1_000_000, 4, free)).isEqualTo(2_500);
        assertThat(size.next(1_000, 4, free)).isEqualTo(150);
        assertThat(size.next(1_000_000_000, 4, free)).isEqualTo(4_000);
        // 400 pages a second for all: a hundred for each, for four seconds.
        assertThat(size.next(1_000_000, 4, 400 * 8_192)).isEqualTo(400);
    }

    @Test
    void ofASmallTableNotAllIsUnderWayAtOnce() {
        PieceSize size = new PieceSize();
        size.took(1_000, Duration.ofMillis(10));
        assertThat(size.next(40_000, 4, Double.POSITIVE_INFINITY)).isEqualTo(625);
        assertThat(size.next(1_000, 4, Double.POSITIVE_INFINITY)).isEqualTo(256);
    }
}
