package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.e2e.SeedRun.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random workloads from many seeds, every other one with commands that change the structure between the rows, the first of which is that of the run: {@code -Dsluice.seed=N -Dsluice.seeds=1} runs seed N alone.
 */
@EndToEnd
class SeedsIT {

    @Test
    @Timeout(240 * 60)
    void whateverTheTargetShowsIsAStateThatTheSourceHad(Sluice sluice) {
        int between = runAll(sluice, Size.SMALL, Seed.times(2, 200));

        // Of a small one most may pass between two looks, when the machine is busy.
        assertThat(between).isGreaterThan(1);
    }

    /** Returns how many states between the first and the last one were seen in so many runs, or in those that were asked for. */
    static int runAll(Sluice sluice, Size size, int runs) {
        int between = 0;
        int count = Integer.getInteger("sluice.seeds", runs);
        for (int i = 0; i < count; i++) {
            long seed = Seed.value() + i;
            try {
                between += new SeedRun(sluice, seed, size).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "%s seed %d: -Dsluice.seed=%d -Dsluice.seeds=1 runs it alone: %s"
                                .formatted(size.name(), seed, seed, e.getMessage()),
                        e);
            }
        }
        return between;
    }
}
