package io.sluice.notifier;

import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.TaskEvent.Kind;
import io.sluice.contracts.event.Vitals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Says on the bus what happened to a task, as task-api does. */
final class Events implements AutoCloseable {

    private final KafkaProducer<String, String> producer;
    private final List<Future<RecordMetadata>> posted = new ArrayList<>();

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

    /** The figures of a task at some time. */
    static TaskEvent vitals(String task, String topic, Instant at, long lagMillis) {
        return new TaskEvent(
                "vitals-" + task + at,
                task,
                "name-of-" + task,
                topic,
                Kind.VITALS,
                Health.HEALTHY,
                "INCREMENTAL_SYNC",
                null,
                "",
                at,
                new Vitals(null, lagMillis, 60, 100L, null, "reserved"),
                null);
    }

    /** Healthy again, and long enough to be believed. */
    void recover(String id, String task, String topic) {
        send(event(id, task, topic, Health.HEALTHY));
        send(vitals(task, topic, Instant.now().plusSeconds(5), 0));
    }

    /** The task was stopped by somebody. */
    static TaskEvent stopped(String id, String task, String topic) {
        return new TaskEvent(
                id,
                task,
                "name-of-" + task,
                topic,
                Kind.STATE_CHANGED,
                Health.HEALTHY,
                "COMPLETED",
                null,
                "",
                Instant.now());
    }

    /** A comparison of all tables has ended. */
    static TaskEvent compared(String task, String topic, int number, List<String> differing, List<String> undecided) {
        return new TaskEvent(
                "comparison-" + task + "-" + number,
                task,
                "name-of-" + task,
                topic,
                Kind.COMPARISON,
                Health.HEALTHY,
                "INCREMENTAL_SYNC",
                null,
                "",
                Instant.now(),
                null,
                new Comparison(
                        number,
                        ComparisonKind.CONTENT,
                        differing.isEmpty() && undecided.isEmpty(),
                        List.of(),
                        differing,
                        undecided));
    }

    static TaskEvent deleted(String id, String task, String topic) {
        return new TaskEvent(
                id, task, "name-of-" + task, topic, Kind.DELETED, Health.HEALTHY, "COMPLETED", null, "", Instant.now());
    }

    /** Without waiting; see {@link #flush}. */
    void post(TaskEvent event) {
        posted.add(producer.send(new ProducerRecord<>(Topics.EVENTS, event.taskId(), Json.write(event))));
    }

    /** Waits until Kafka has taken all that was posted. */
    void flush() {
        producer.flush();
        posted.forEach(Future::resultNow);
        posted.clear();
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
