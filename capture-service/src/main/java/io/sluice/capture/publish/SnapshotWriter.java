package io.sluice.capture.publish;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a task's topic of snapshots, in order; as fast as Kafka takes it, with bounded memory. Without transactions of
 * Kafka's: each record says of which attempt it is. Not thread-safe.
 */
public final class SnapshotWriter implements AutoCloseable {

    private static final String WRITING = "writing to the topic of snapshots";

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    public SnapshotWriter(KafkaAccess kafka, String taskId) {
        this.topic = Topics.snapshots(taskId);
        this.producer = new KafkaProducer<>(
                kafka.with(Map.ofEntries(
                        Map.entry("client.id", "sluice-snapshot-" + taskId),
                        Map.entry("acks", "all"),
                        Map.entry("enable.idempotence", "true"),
                        Map.entry("compression.type", "lz4"),
                        Map.entry("linger.ms", "20"),
                        Map.entry("batch.size", Integer.toString(256 << 10)),
                        // Beside the stream's producer in one heap; at least one record must fit.
                        Map.entry("buffer.memory", Integer.toString(ChangeTopic.LARGEST_BATCH + (1 << 20))),
                        Map.entry("max.request.size", Integer.toString(ChangeTopic.LARGEST_BATCH)),
                        Map.entry("max.block.ms", "20000"),
                        Map.entry("request.timeout.ms", "10000"),
                        Map.entry("delivery.timeout.ms", "20000"))),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /**
     * Waits while the buffer is full.
     *
     * @throws SluiceException {@code KAFKA_UNAVAILABLE} when this or an earlier record could not be written
     */
    public void send(byte @Nullable [] key, byte[] value) {
        requireSound();
        try {
            var unusedOutcome = producer.send(new ProducerRecord<>(topic, 0, key, value), (place, error) -> {
                if (error != null) {
                    failure.compareAndSet(null, error);
                }
            });
        } catch (KafkaException e) {
            throw KafkaErrors.explain(e, WRITING);
        }
    }

    /**
     * Returns when everything is written.
     *
     * @throws SluiceException {@code KAFKA_UNAVAILABLE} when something of it could not be
     */
    public void flush() {
        try {
            producer.flush();
        } catch (KafkaException e) {
            throw KafkaErrors.explain(e, WRITING);
        }
        requireSound();
    }

    private void requireSound() {
        Exception error = failure.get();
        if (error != null) {
            throw KafkaErrors.explain(error, WRITING);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
