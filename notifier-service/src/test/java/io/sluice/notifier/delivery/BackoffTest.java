package io.sluice.notifier.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

    private static final RandomGenerator NO_JITTER = () -> 0L;

    @ParameterizedTest
    @CsvSource({"1, PT5S", "2, PT10S", "3, PT20S", "10, PT42M40S", "11, PT1H25M20S", "12, PT2H", "13, PT2H", "99, PT2H"
    })
    void doublesUpToTwoHours(int tries, Duration expected) {
        assertThat(new Backoff(NO_JITTER).after(tries)).isEqualTo(expected);
    }

    @Test
    void jitterAddsUpToAQuarter() {
        Backoff backoff = new Backoff(new Random(42));
        for (int round = 0; round < 1000; round++) {
            assertThat(backoff.after(3)).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(25));
        }
        assertThat(backoff.after(3)).isNotEqualTo(backoff.after(3));
    }
}
