package io.sluice.notifier;

import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.TaskEvent.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Says on the bus what happened to a task, as task-api does. */
final class Events implements AutoCloseable {

    private final KafkaProducer<String, String> producer;

    Events(String bootstrapServers) throws ExecutionException, InterruptedException {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(List.of(new NewTopic(Topics.EVENTS, 4, (short) 1)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    static TaskEvent event(String id, String task, String topic, Health health) {
        boolean abnormal = health == Health.ABNORMAL;
        return new TaskEvent(
                id,
                task,
                "name-of-" + task,
                topic,
                Kind.STATE_CHANGED,
                health,
                abnormal ? "INCREMENTAL_SYNC_FAILED" : "INCREMENTAL_SYNC",
                abnormal ? ErrorCode.SLOT_LOST : null,
                abnormal ? "The slot is gone." : "",
                Instant.now());
    }

    void send(TaskEvent event) {
        send(event.taskId(), Json.write(event));
    }

    void send(String key, String text) {
        try {
            producer.send(new ProducerRecord<>(Topics.EVENTS, key, text)).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Kafka did not take the event", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
