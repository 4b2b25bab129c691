package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ChangeTopicIT {

    private static final int MEGABYTE = 1 << 20;

    /** Sixty of them are less than a megabyte on the wire. */
    @Test
    void aPollHasABoundedNumberOfBytes() throws Exception {
        KafkaAccess kafka = KafkaAccess.of(SharedServers.kafka().securedClient());
        String task = UUID.randomUUID().toString();
        try (Admin admin = Admin.create(kafka.with(Map.of()))) {
            admin.createTopics(List.of(new NewTopic(Topics.changes(task), 1, (short) 1)
                            .configs(Map.of("max.message.bytes", Integer.toString(16 * MEGABYTE)))))
                    .all()
                    .get();
        }
        List<Integer> sizes = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                kafka.with(Map.of(
                        "compression.type", "lz4",
                        "batch.size", Integer.toString(256 << 10),
                        "max.request.size", Integer.toString(16 * MEGABYTE))),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < 60; i++) {
                int size = i % 20 == 7 ? 6 * MEGABYTE : i % 3 == 0 ? MEGABYTE + i : 1_000 * i;
                byte[] value = new byte[size];
                Arrays.fill(value, (byte) i);
                sizes.add(size);
                var unused = producer.send(new ProducerRecord<>(Topics.changes(task), 0, null, value));
            }
        }
        List<Integer> read = new ArrayList<>();
        List<Integer> polls = new ArrayList<>();
        try (ChangeTopic topic = new ChangeTopic(kafka, task)) {
            topic.seek(0, 0);
            while (read.size() < sizes.size()) {
                int before = read.size();
                long bytes = 0;
                for (ConsumerRecord<byte[], byte[]> record : topic.poll(Duration.ofSeconds(20))) {
                    assertThat(record.offset()).isEqualTo(read.size());
                    assertThat(record.value()).containsOnly(read.size());
                    read.add(record.value().length);
                    bytes += record.value().length;
                }
                int records = read.size() - before;
                assertThat(records).isPositive();
                assertThat(bytes <= ChangeTopic.MOST_BYTES || records == 1)
                        .as("%d records of %d bytes", records, bytes)
                        .isTrue();
                polls.add(records);
            }
        }
        assertThat(read).isEqualTo(sizes);
        assertThat(polls).as("some have several").anyMatch(records -> records > 1);
    }
}
