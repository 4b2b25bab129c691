package io.sluice.task.progress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.ConfigProvider;

/** A topic of which Kafka keeps the newest record of each key, and that it can be made to tidy at once instead of within a day. */
final class CompactedTopic implements AutoCloseable {

    private final String name;
    private final String servers = ConfigProvider.getConfig().getValue("kafka.bootstrap.servers", String.class);

    CompactedTopic(String name) {
        this.name = name;
    }

    /** From here on segments are closed within a fraction of a second, and closed ones are compacted at once. */
    void compactNow() {
        alter(OpType.SET);
    }

    /** As before, since other tests read what is out of date, too. */
    @Override
    public void close() {
        alter(OpType.DELETE);
    }

    private void alter(OpType type) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, name),
                            List.of(
                                    new AlterConfigOp(new ConfigEntry("segment.ms", "100"), type),
                                    new AlterConfigOp(new ConfigEntry("min.cleanable.dirty.ratio", "0"), type)),
                            new ConfigResource(ConfigResource.Type.BROKER, ""),
                            List.of(new AlterConfigOp(new ConfigEntry("log.cleaner.backoff.ms", "500"), type))))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the topic " + name + " was not altered", e);
        }
    }

    /** The segment that is being written is never compacted: a record that comes later closes it. */
    void rollSegments() {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer())) {
            for (PartitionInfo partition : producer.partitionsFor(name)) {
                var unused = producer.send(new ProducerRecord<>(name, partition.partition(), "nobody", null));
            }
            producer.flush();
        }
    }

    /** The keys of those records, from the topic's beginning to its end, whose value has one of these texts in it. */
    List<String> holding(List<String> texts) {
        List<String> keys = new ArrayList<>();
        Predicate<String> found = value -> texts.stream().anyMatch(value::contains);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers), new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(name).stream()
                    .map(info -> new TopicPartition(name, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (record.value() != null && found.test(record.value())) {
                        keys.add(record.key());
                    }
                });
            }
        }
        return keys;
    }
}
