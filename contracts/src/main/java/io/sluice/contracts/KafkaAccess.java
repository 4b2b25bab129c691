package io.sluice.contracts;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How to reach Kafka: {@code bootstrap.servers} and every setting of {@code security.*}, {@code ssl.*} and
 * {@code sasl.*}. Each client that is made by hand takes its settings through here, so that all of them reach a secured
 * Kafka by the same configuration. Holds passwords and prints none. Immutable.
 */
public final class KafkaAccess {

    private static final String SERVERS = "bootstrap.servers";
    private static final List<String> SECURITY = List.of("security.", "ssl.", "sasl.");

    private final Map<String, Object> settings;

    private KafkaAccess(Map<String, Object> settings) {
        this.settings = Map.copyOf(settings);
    }

    /** @param configured names without the prefix {@code kafka.}; whatever else is among them is left out */
    public static KafkaAccess of(Map<String, ?> configured) {
        Map<String, Object> kept = new TreeMap<>(configured);
        kept.keySet()
                .removeIf(name -> !name.equals(SERVERS) && SECURITY.stream().noneMatch(name::startsWith));
        return new KafkaAccess(kept);
    }

    /** Without security. */
    public static KafkaAccess of(String bootstrapServers) {
        return new KafkaAccess(Map.of(SERVERS, bootstrapServers));
    }

    /** The settings of a client. */
    public Map<String, Object> with(Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(more);
        all.putAll(settings);
        return all;
    }

    @Override
    public String toString() {
        return "Kafka at " + settings.get(SERVERS);
    }
}
