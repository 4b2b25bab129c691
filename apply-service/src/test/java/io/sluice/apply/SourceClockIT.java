package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.consume.SourceClock;
import io.sluice.postgres.Connections;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SourceClockIT {

    private final TestingDatabases databases = new TestingDatabases(SharedServers.postgres());

    @Test
    void theSourcesTimeIsToldByAHostWhoseClockIsWrong() {
        Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofHours(7));
        TestingContext context = new TestingContext();
        try (Connections source = databases.connections("source", databases.source());
                SourceClock clock = new SourceClock(source, databases.taskId(), context, ahead)) {
            assertThat(clock.millis() - System.currentTimeMillis())
                    .isCloseTo(Duration.ofHours(7).toMillis(), within(60_000L));
            clock.begin();
            await().untilAsserted(() ->
                    assertThat(clock.millis() - System.currentTimeMillis()).isCloseTo(0, within(60_000L)));
        } finally {
            context.stop();
        }
    }
}
