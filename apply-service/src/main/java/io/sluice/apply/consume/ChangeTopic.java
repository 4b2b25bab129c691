package io.sluice.apply.consume;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * A task's change topic, read from an offset that the target knows; no offset is kept in Kafka. Not thread-safe.
 */
public final class ChangeTopic implements AutoCloseable {

    private static final String RELOAD = " Resume the task with {\"reload\": [\"*\"]}.";

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration FIRST_RECORD_TIMEOUT = Duration.ofMillis(500);

    /** Of values, uncompressed, in one poll; a larger one comes alone. */
    static final long MOST_BYTES = 4 << 20;

    private final TopicPartition partition;
    private final BoundedBytes bounded = new BoundedBytes(MOST_BYTES);
    private final KafkaConsumer<byte[], byte[]> consumer;

    public ChangeTopic(KafkaAccess kafka, String taskId) {
        this.partition = new TopicPartition(Topics.changes(taskId), 0);
        // Bounded: at most one fetch is parsed and one is under way.
        this.consumer = new KafkaConsumer<>(
                kafka.with(Map.of(
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "none",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        5_000,
                        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                        4 << 20,
                        ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
                        8 << 20)),
                new ByteArrayDeserializer(),
                bounded);
    }

    /**
     * What tells the topic from another one that is made later under its name; empty where Kafka has none (before 2.8).
     *
     * @throws SluiceException {@code CHANGES_LOST} when there is no such topic
     */
    public static String id(KafkaAccess kafka, String taskId) {
        String name = Topics.changes(taskId);
        return ask(() -> {
            try (Admin admin = Admin.create(kafka.with(Map.of(
                    "default.api.timeout.ms",
                    Long.toString(ASK_TIMEOUT.toMillis()),
                    "request.timeout.ms",
                    Long.toString(ASK_TIMEOUT.toMillis() / 2))))) {
                Uuid id = admin.describeTopics(List.of(name))
                        .allTopicNames()
                        .get()
                        .get(name)
                        .topicId();
                return Uuid.ZERO_UUID.equals(id) ? "" : id.toString();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                    throw new SluiceException(
                            ErrorCode.CHANGES_LOST,
                            "The change topic " + name + " was deleted, with changes that may not have been applied."
                                    + RELOAD,
                            e);
                }
                throw e.getCause() instanceof KafkaException kafkaError ? kafkaError : new KafkaException(e);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        });
    }

    /**
     * Whether capture has begun: it writes a first record as soon as the source keeps every change. A record is asked for
     * and not an offset, since a transaction that was given up leaves offsets without one.
     */
    public boolean begun() {
        return ask(() -> {
            if (consumer.partitionsFor(partition.topic(), ASK_TIMEOUT).isEmpty()) {
                return false;
            }
            if (consumer.assignment().isEmpty()) {
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
            }
            // What retention has taken was there.
            Long first =
                    consumer.beginningOffsets(List.of(partition), ASK_TIMEOUT).get(partition);
            return first != null && first > 0
                    || !consumer.poll(FIRST_RECORD_TIMEOUT).isEmpty();
        });
    }

    /**
     * Reads from an offset on.
     *
     * @param applied the first record of which nothing was applied; at or after the offset
     * @throws SluiceException {@code CHANGES_EXPIRED} when retention has taken records that were not applied yet;
     *     {@code CHANGES_LOST} when the topic ends before what was applied
     */
    public void seek(long offset, long applied) {
        ask(() -> {
            long first =
                    consumer.beginningOffsets(List.of(partition), ASK_TIMEOUT).get(partition);
            long end = end();
            if (offset < first) {
                throw new SluiceException(
                        ErrorCode.CHANGES_EXPIRED,
                        "Changes that were not applied yet have left the change topic by its retention: the next one"
                                + " is at offset " + offset + ", the topic begins at " + first + "." + RELOAD);
            }
            if (applied > end) {
                throw lost(applied, end, null);
            }
            consumer.assign(List.of(partition));
            consumer.seek(partition, offset);
            return true;
        });
    }

    /** The next records, a bounded number of bytes; waits for the first one, at most as long as given. */
    public Iterable<ConsumerRecord<byte[], byte[]>> poll(Duration most) {
        bounded.begin();
        return ask(() -> {
            try {
                return consumer.poll(most);
            } catch (OffsetOutOfRangeException e) {
                throw outOfRange(e);
            }
        });
    }

    /** The offset of the next record that {@link #poll} gives: beyond the markers of Kafka's transactions, too. */
    public long position() {
        return ask(() -> consumer.position(partition, ASK_TIMEOUT));
    }

    /** Makes a poll that waits return at once; the only method for another thread. */
    public void wakeUp() {
        consumer.wakeup();
    }

    /** The place that was to be read is before the first record, or, in a topic that was made anew, after the last. */
    private SluiceException outOfRange(OffsetOutOfRangeException e) {
        Long wanted = e.offsetOutOfRangePartitions().get(partition);
        if (wanted != null && wanted > end()) {
            return lost(wanted, end(), e);
        }
        return new SluiceException(
                ErrorCode.CHANGES_EXPIRED,
                "Changes that were not applied yet have left the change topic by its retention." + RELOAD,
                e);
    }

    private static SluiceException lost(long read, long end, @Nullable Throwable cause) {
        return new SluiceException(
                ErrorCode.CHANGES_LOST,
                "The change topic has lost records, or was deleted and made again: it was read up to " + read
                        + ", and holds " + end + "." + RELOAD,
                cause);
    }

    private long end() {
        return consumer.endOffsets(List.of(partition), ASK_TIMEOUT).get(partition);
    }

    /** A question to Kafka. */
    @FunctionalInterface
    private interface Question<T> {
        T ask();
    }

    private static <T> T ask(Question<T> question) {
        try {
            return question.ask();
        } catch (org.apache.kafka.common.errors.WakeupException e) {
            throw new SluiceException(ErrorCode.KAFKA_UNAVAILABLE, "stopped", e);
        } catch (KafkaException e) {
            throw new SluiceException(
                    ErrorCode.KAFKA_UNAVAILABLE,
                    "Kafka does not answer: " + e.getClass().getSimpleName() + ". Is it running?",
                    e);
        }
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
