package io.sluice.notifier.access;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads all of {@code sluice.tokens} at start and goes on reading: every instance the whole topic, so without a group.
 * Waits for Kafka and for the topic as long as it takes.
 */
@ApplicationScoped
class TokenReader {

    private static final Logger LOG = Logger.getLogger(TokenReader.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofSeconds(5);

    private final Map<String, Object> settings;
    private final KnownTokens tokens;
    private volatile boolean stopping;
    private volatile @Nullable String problem;
    private volatile @Nullable KafkaConsumer<String, String> consumer;
    private @Nullable Thread thread;

    TokenReader(@Identifier("default-kafka-broker") Map<String, Object> kafka, KnownTokens tokens) {
        this.settings = KafkaAccess.of(kafka)
                .with(Map.of(
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"));
        this.tokens = tokens;
    }

    void start(@Observes StartupEvent started) {
        thread = Thread.ofPlatform().daemon().name("tokens").start(this::run);
    }

    void stop(@Observes ShutdownEvent stopped) throws InterruptedException {
        stopping = true;
        KafkaConsumer<String, String> reading = consumer;
        if (reading != null) {
            reading.wakeup();
        }
        if (thread != null) {
            // The consumer closes in an orderly way when it is not interrupted.
            thread.join(2_000);
            thread.interrupt();
            thread.join(5_000);
        }
    }

    /** Why nothing can be read now; null when Kafka has answered last. */
    @Nullable
    String problem() {
        return problem;
    }

    private void run() {
        while (!stopping) {
            try (KafkaConsumer<String, String> opened =
                    new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
                consumer = opened;
                follow(opened);
            } catch (WakeupException | InterruptException | InterruptedException e) {
                return;
            } catch (KafkaException e) {
                String reason = String.valueOf(e.getMessage());
                if (!reason.equals(problem)) {
                    LOG.warnf("Waiting for Kafka to read the tokens: %s", reason);
                }
                problem = reason;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void follow(KafkaConsumer<String, String> reading) throws InterruptedException {
        List<TopicPartition> partitions = partitions(reading);
        problem = null;
        while (partitions.isEmpty()) {
            Thread.sleep(PAUSE);
            partitions = partitions(reading);
        }
        reading.assign(partitions);
        reading.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = reading.endOffsets(partitions);
        tokens.reading();
        while (!stopping) {
            if (ends.keySet().stream().allMatch(each -> reading.position(each) >= ends.get(each))) {
                tokens.complete();
            }
            reading.poll(POLL).forEach(entry -> tokens.take(entry.key(), entry.value()));
        }
    }

    /** None while there is no such topic. */
    private static List<TopicPartition> partitions(KafkaConsumer<String, String> reading) {
        List<PartitionInfo> known = reading.partitionsFor(Topics.TOKENS);
        return known == null
                ? List.of()
                : known.stream()
                        .map(each -> new TopicPartition(each.topic(), each.partition()))
                        .toList();
    }
}
