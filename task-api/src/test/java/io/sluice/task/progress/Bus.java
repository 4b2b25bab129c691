package io.sluice.task.progress;

import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.ConfigProvider;

/** The control topics as the other services see them. For one thread. */
final class Bus implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final KafkaProducer<String, String> producer;
    private final KafkaConsumer<String, String> consumer;
    private final List<ConsumerRecord<String, String>> seen = new ArrayList<>();

    private Bus(KafkaProducer<String, String> producer, KafkaConsumer<String, String> consumer) {
        this.producer = producer;
        this.consumer = consumer;
    }

    static Bus open() {
        String servers = ConfigProvider.getConfig().getValue("kafka.bootstrap.servers", String.class);
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        servers,
                        "group.id",
                        "test-" + UUID.randomUUID(),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        consumer.subscribe(List.of(Topics.TASKS, Topics.EVENTS));
        return new Bus(
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer()),
                consumer);
    }

    void report(String id, long generation, Service service, Fact fact) {
        putRaw(id, Json.write(new TaskReport(id, generation, service, "test", Instant.now(), fact)));
    }

    void putRaw(String id, String value) {
        try {
            producer.send(new ProducerRecord<>(Topics.REPORTS, id, value)).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the report was not sent", e);
        }
    }

    /** Every record so far. */
    List<ConsumerRecord<String, String>> seen() {
        consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
        return List.copyOf(seen);
    }

    TaskOrder order(String id, long generation) {
        return await().atMost(PATIENCE)
                .until(() -> find(id, generation), Optional::isPresent)
                .orElseThrow();
    }

    void awaitTombstone(String id) {
        await().atMost(PATIENCE).until(() -> of(Topics.TASKS, id).stream().anyMatch(record -> record.value() == null));
    }

    /** All events of a task, up to the first of a kind. */
    List<TaskEvent> events(String id, TaskEvent.Kind last) {
        return await().atMost(PATIENCE)
                .until(() -> events(id), events -> events.stream().anyMatch(event -> event.kind() == last));
    }

    List<TaskEvent> events(String id, int count) {
        return await().atMost(PATIENCE).until(() -> events(id), events -> events.size() >= count);
    }

    /** The first figures of a task that are as wanted. */
    TaskEvent vitals(String id, Predicate<TaskEvent> wanted) {
        return await().atMost(PATIENCE)
                .until(
                        () -> told(id).filter(event -> event.kind() == TaskEvent.Kind.VITALS)
                                .filter(wanted)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Without the figures, which come between as time passes. */
    private List<TaskEvent> events(String id) {
        return told(id).filter(event -> event.kind() != TaskEvent.Kind.VITALS).toList();
    }

    private Stream<TaskEvent> told(String id) {
        return of(Topics.EVENTS, id).stream().map(record -> Json.read(record.value(), TaskEvent.class));
    }

    private Optional<TaskOrder> find(String id, long generation) {
        return of(Topics.TASKS, id).stream()
                .filter(record -> record.value() != null)
                .map(record -> Json.read(record.value(), TaskOrder.class))
                .filter(order -> order.generation() == generation)
                .findFirst();
    }

    private List<ConsumerRecord<String, String>> of(String topic, String id) {
        return seen().stream()
                .filter(record -> record.topic().equals(topic) && id.equals(record.key()))
                .toList();
    }

    @Override
    public void close() {
        consumer.close();
        producer.close();
    }
}
