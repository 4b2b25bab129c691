package io.sluice.capture.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DensityTest {

    private static final long MILLISECOND = 1_000_000;

    private final Density density = new Density(0);

    @Test
    void aHundredRecordsInFiveMillisecondsAreDense() {
        density.add(50, MILLISECOND);
        assertThat(density.isDense(MILLISECOND)).isFalse();
        density.add(50, 5 * MILLISECOND);
        assertThat(density.isDense(5 * MILLISECOND)).isTrue();
    }

    @Test
    void aFewRowsAMillisecondAreNot() {
        for (int i = 1; i <= 20; i++) {
            density.add(2, i * MILLISECOND);
            assertThat(density.isDense(i * MILLISECOND)).isFalse();
        }
    }

    @Test
    void afterAPauseNothingIsDense() {
        density.add(1_000, 5 * MILLISECOND);
        assertThat(density.isDense(14 * MILLISECOND)).isTrue();
        assertThat(density.isDense(15 * MILLISECOND)).isFalse();
        density.add(1, 100 * MILLISECOND);
        assertThat(density.isDense(100 * MILLISECOND)).isFalse();
    }
}
