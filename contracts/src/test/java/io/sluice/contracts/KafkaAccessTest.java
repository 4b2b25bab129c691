package io.sluice.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaAccessTest {

    @Test
    void onlyTheWayToKafkaIsTakenFromTheConfiguration() {
        KafkaAccess access = KafkaAccess.of(Map.of(
                "bootstrap.servers", "kafka:9093",
                "security.protocol", "SASL_SSL",
                "sasl.jaas.config", "secret",
                "ssl.truststore.location", "/etc/trust.p12",
                "group.id", "other",
                "auto.offset.reset", "latest"));

        assertThat(access.with(Map.of("group.id", "mine")))
                .isEqualTo(Map.of(
                        "bootstrap.servers", "kafka:9093",
                        "security.protocol", "SASL_SSL",
                        "sasl.jaas.config", "secret",
                        "ssl.truststore.location", "/etc/trust.p12",
                        "group.id", "mine"));
        assertThat(access).hasToString("Kafka at kafka:9093");
    }
}
