package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.LoadLimits.Window;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPaceTest {

    private static final long SECOND = 1_000_000_000L;

    private final PassingTime time = new PassingTime();
    private final LoadPace pace = new LoadPace(time, time.clock(), time::nanos);
    private final LoadSlots slots = new LoadSlots(1);
    private final HeldSlot slot = new HeldSlot(slots, "task", () -> false);

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
    void rowsAndQueriesHaveLimitsOfTheirOwn() {
        time.limit(new LoadLimits(100L, null, null, List.of()));
        assertThat(secondsOf(10, () -> pace.passed(100, 1_000_000, slot))).isBetween(9.0, 9.5);
        time.limit(new LoadLimits(null, null, 5L, List.of()));
        assertThat(secondsOf(50, () -> pace.query(slot))).isBetween(9.0, 9.5);
        time.limit(LoadLimits.NONE);
        assertThat(secondsOf(50, () -> pace.passed(1_000, 1_000_000, slot))).isZero();
    }

    @Test
    void inAWindowItsOwnLimitCountsUntilItEnds() {
        time.set("21:59:00");
        time.limit(new LoadLimits(
                null, 1_000L, null, List.of(new Window(LocalTime.parse("22:00"), LocalTime.parse("06:00"), 50L))));
        // A minute at 1,000 a second, then 50 a second.
        assertThat(secondsOf(70, () -> pace.passed(1, 1_000, slot))).isBetween(59.0 + 9 * 20, 61.0 + 11 * 20);
        assertThat(pace.bytesPerSecond()).isEqualTo(50);
        time.set("05:59:59");
        assertThat(pace.bytesPerSecond()).isEqualTo(50);
        time.set("06:00:00");
        assertThat(pace.bytesPerSecond()).isEqualTo(1_000);
        assertThat(secondsOf(10, () -> pace.passed(1, 1_000, slot))).isBetween(9.0, 10.5);
    }

    @Test
    void aWindowWithoutALimitIsFreeAndOneOfZeroRestsUntilItEnds() {
        time.set("01:00:00");
        time.limit(new LoadLimits(
                null,
                10L,
                null,
                List.of(
                        new Window(LocalTime.parse("01:00"), LocalTime.parse("02:00"), null),
                        new Window(LocalTime.parse("02:00"), LocalTime.parse("03:00"), 0L))));
        assertThat(pace.bytesPerSecond()).isInfinite();
        assertThat(secondsOf(1_000, () -> pace.passed(1, 1_000, slot))).isZero();
        time.set("02:00:00");
        assertThat(secondsOf(1, () -> pace.passed(1, 10, slot))).isBetween(3_600.0, 3_602.0);
        assertThat(time.clock().instant()).isAfterOrEqualTo(Instant.parse("2026-01-31T03:00:00Z"));
    }

    @Test
    void whoWaitsForLongHasNoSlotMeanwhileAndOneAfterwards() {
        slot.take();
        HeldSlot other = new HeldSlot(slots, "other", () -> true);
        List<Boolean> free = new ArrayList<>();
        time.onPause(nanos -> {
            free.add(other.take());
            other.giveBack();
        });
        time.limit(new LoadLimits(null, 1_000L, null, List.of()));
        pace.passed(1, 1_500, slot);
        assertThat(free).isNotEmpty().containsOnly(false);
        free.clear();
        pace.passed(1, 5_000, slot);
        assertThat(free).isNotEmpty().containsOnly(true);
        assertThat(other.take()).isFalse();
        slot.giveBack();
        assertThat(other.take()).isTrue();
    }

    private double secondsOf(int times, Runnable action) {
        long began = time.nanos();
        for (int i = 0; i < times; i++) {
            action.run();
        }
        return (time.nanos() - began) / 1e9;
    }
}
