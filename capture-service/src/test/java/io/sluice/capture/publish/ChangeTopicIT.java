package io.sluice.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.capture.TestingServers;
import io.sluice.contracts.KafkaAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChangeTopicIT {

    private final String bootstrap = TestingServers.kafka().bootstrapServers();
    private final ChangeTopic topic =
            new ChangeTopic(KafkaAccess.of(bootstrap), UUID.randomUUID().toString());

    @BeforeEach
    void make() throws InterruptedException {
        topic.ensure(Duration.ofHours(1));
    }

    @AfterEach
    void remove() throws InterruptedException {
        topic.delete();
    }

    /** Or a clock that was set back would have retention take what has just come. */
    @Test
    void recordsHaveTheBrokersTime() throws Exception {
        Instant before = Instant.now().minusSeconds(5);
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic.name(), 0, 1L, null, "long ago"))
                    .get();
        }
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic.name(), 0)));
            consumer.seek(new TopicPartition(topic.name(), 0), 0);
            ConsumerRecord<String, String> record =
                    consumer.poll(Duration.ofSeconds(20)).iterator().next();
            assertThat(Instant.ofEpochMilli(record.timestamp())).isAfter(before);
        }
    }

    /** The marker of the commit then stands where the next record was to be. */
    @Test
    void aRecordOfOthersIsNoticedThatIsThereBeforeTheCommit() throws Exception {
        OwnOffsets offsets = new OwnOffsets(topic);
        offsets.continueAt(0);
        try (KafkaProducer<String, String> own = producer(Map.of("transactional.id", topic.name()));
                KafkaProducer<String, String> others = producer(Map.of())) {
            own.initTransactions();
            own.beginTransaction();
            offsets.written(send(own, "one"));
            own.commitTransaction();
            offsets.committed();
            own.beginTransaction();
            offsets.written(send(own, "two"));
            assertThatCode(offsets::requireSound).doesNotThrowAnyException();
            long foreign = send(others, "foreign");
            own.commitTransaction();
            offsets.committed();

            own.beginTransaction();
            offsets.written(send(own, "three"));
            own.commitTransaction();
            offsets.committed();
            assertThatThrownBy(offsets::requireSound).hasMessageContaining("Offset " + foreign + " ");
        }
    }

    private KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private long send(KafkaProducer<String, String> producer, String value)
            throws ExecutionException, InterruptedException {
        return producer.send(new ProducerRecord<>(topic.name(), 0, null, value))
                .get()
                .offset();
    }
}
