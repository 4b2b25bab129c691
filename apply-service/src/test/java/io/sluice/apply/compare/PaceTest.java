package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.TestingContext;
import org.junit.jupiter.api.Test;

class PaceTest {

    private final TestingContext context = new TestingContext();

    @Test
    void afterReadingItRestsForAsLongAsTheRowsShouldHaveTaken() {
        Pace pace = new Pace(1_000L, context);
        long began = System.nanoTime();
        assertThat(pace.await()).isFalse();
        pace.read(200, began);
        assertThat(pace.await()).isFalse();
        // A lower bound, which no slow machine breaks; pauses are in whole milliseconds.
        assertThat(System.nanoTime() - began).isGreaterThan(195_000_000);
    }

    @Test
    void aStopEndsTheRest() {
        Pace pace = new Pace(1L, context);
        pace.read(1_000_000, System.nanoTime());
        context.stop();
        assertThat(pace.await()).isTrue();
    }

    @Test
    void withoutALimitNothingRests() {
        Pace pace = new Pace(null, context);
        pace.read(Long.MAX_VALUE, System.nanoTime());
        assertThat(pace.await()).isFalse();
        assertThat(pace.atOnce(200, 4_096, Long.MAX_VALUE)).isEqualTo(200);
    }

    @Test
    void soManyPiecesAreReadAtOnceAsASecondHas() {
        Pace pace = new Pace(50_000L, context);
        assertThat(pace.atOnce(200, 1_000, 10_000_000)).isEqualTo(5);
        assertThat(pace.atOnce(200, 10, 10_000_000)).isEqualTo(1);
        assertThat(pace.atOnce(200, 1_000, 1_000_000)).isEqualTo(50);
        assertThat(pace.atOnce(200, 1_000, 0)).isEqualTo(200);
    }
}
