package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.e2e.SeedRun.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** As {@link SeedsIT}, beside it, with so many transactions each that only the soak has the time. */
@EndToEnd
@EnabledIfSystemProperty(named = "sluice.soak", matches = "true")
class LargeSeedsIT {

    @Test
    @Timeout(240 * 60)
    void whateverTheTargetShowsIsAStateThatTheSourceHad(Sluice sluice) {
        assertThat(SeedsIT.runAll(sluice, Size.LARGE, 20)).isGreaterThan(1);
    }
}
