package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeDecoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
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

/**
 * A subscriber of a change topic as anyone may write one: read_committed, from the beginning. Asserts of every record that
 * it comes after the one before.
 */
final class TopicReader implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ChangeDecoder decoder = new ChangeDecoder();
    private ChangePosition last = ChangePosition.START;

    TopicReader(String taskId) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        TestingServers.kafka().bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "fetch.max.wait.ms",
                        "50"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(Topics.changes(taskId), 0);
        consumer.assign(Set.of(partition));
        consumer.seekToBeginning(Set.of(partition));
    }

    /** Reads on until a record is as wanted; returns what was read, without heartbeats. */
    List<ChangeRecord> readUntil(Predicate<ChangeRecord> wanted) {
        List<ChangeRecord> read = new ArrayList<>();
        List<ChangeRecord> all = new ArrayList<>();
        readUntil(wanted, all);
        all.stream().filter(record -> !(record instanceof Heartbeat)).forEach(read::add);
        return read;
    }

    /** Reads one whole source transaction. */
    List<ChangeRecord> readTransaction() {
        return readUntil(TransactionEnd.class::isInstance);
    }

    private void readUntil(Predicate<ChangeRecord> wanted, List<ChangeRecord> into) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean found = false;
        while (!found) {
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                ChangeRecord record = decoder.decode(entry.value());
                assertThat(record.position().isAfter(last))
                        .as("%s after %s", record.position(), last)
                        .isTrue();
                last = record.position();
                into.add(record);
                if (wanted.test(record)) {
                    // What came in the same poll is read again.
                    consumer.seek(new TopicPartition(entry.topic(), 0), entry.offset() + 1);
                    found = true;
                    break;
                }
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
