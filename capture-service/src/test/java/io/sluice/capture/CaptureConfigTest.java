package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.capture.publish.PublishLimits;
import io.sluice.contracts.KafkaAccess;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names and defaults that {@code docs/configuration.md} gives. */
class CaptureConfigTest {

    @Test
    void defaultsAreSafe() {
        CaptureConfig config = config(Map.of());
        assertThat(config.topicRetention()).isEqualTo(Duration.ofDays(7));
        assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.transaction().records()).isEqualTo(20_000);
        assertThat(config.transaction().bytes()).isEqualTo(8L << 20);
        assertThat(config.transaction().age()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.transaction().idle()).isEqualTo(Duration.ofMillis(3));
    }

    @Test
    void everyNameIsRead() {
        CaptureConfig config = config(Map.of(
                "sluice.capture.topic.retention", "1d",
                "sluice.capture.heartbeat.interval", "5s",
                "sluice.capture.transaction.records", "7",
                "sluice.capture.transaction.bytes", "8",
                "sluice.capture.transaction.age", "9ms",
                "sluice.capture.transaction.idle", "10ms"));
        assertThat(config.topicRetention()).isEqualTo(Duration.ofDays(1));
        assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.transaction().records()).isEqualTo(7);
        assertThat(config.transaction().bytes()).isEqualTo(8);
        assertThat(config.transaction().age()).isEqualTo(Duration.ofMillis(9));
        assertThat(config.transaction().idle()).isEqualTo(Duration.ofMillis(10));
    }

    @Test
    void aDurationOfNothingIsRefusedByName() {
        PublishLimits limits = new PublishLimits(1, 1, Duration.ZERO, Duration.ZERO);
        assertThatThrownBy(() -> new CaptureSettings(KafkaAccess.of("b"), Duration.ZERO, Duration.ofSeconds(1), limits))
                .hasMessageContaining("sluice.capture.topic.retention");
        assertThatThrownBy(() -> new CaptureSettings(KafkaAccess.of("b"), Duration.ofDays(1), Duration.ZERO, limits))
                .hasMessageContaining("sluice.capture.heartbeat.interval");
    }

    private static CaptureConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(CaptureConfig.class)
                .withDefaultValues(values)
                .build()
                .getConfigMapping(CaptureConfig.class);
    }
}
