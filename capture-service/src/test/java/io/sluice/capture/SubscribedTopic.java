package io.sluice.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** What a subscriber reads of a topic of snapshots or changes. */
final class SubscribedTopic {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private SubscribedTopic() {}

    /** A record as a subscriber has it. */
    record Read(@Nullable String key, JsonNode value) {

        boolean is(String status) {
            return value.path("status").asText().equals(status);
        }

        boolean isRow() {
            return value.path("op").asText().equals("r");
        }

        /** Which snapshot it is of. */
        String snapshot() {
            return (isRow() ? value.at("/source/snapshot") : value.path("snapshot")).asText();
        }
    }

    /** From the beginning of the topic, once that is there. */
    static List<Read> readUntil(String topic, Predicate<Read> last) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<Read> read = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        TestingServers.kafka().bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "fetch.max.wait.ms",
                        "20"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            await().atMost(PATIENCE)
                    .until(() -> !consumer.partitionsFor(topic, PATIENCE).isEmpty());
            consumer.assign(Set.of(partition));
            consumer.seekToBeginning(Set.of(partition));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    Read one = new Read(
                            record.key() == null ? null : new String(record.key(), UTF_8), tree(record.value()));
                    read.add(one);
                    if (last.test(one)) {
                        return read;
                    }
                }
            }
            throw new AssertionError("nothing of the kind among " + read.size() + " records");
        }
    }

    static JsonNode tree(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
