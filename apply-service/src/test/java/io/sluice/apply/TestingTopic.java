package io.sluice.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Writes a change topic by hand, as capture would. */
final class TestingTopic implements AutoCloseable {

    private final String topic;
    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ChangeEncoder encoder = new ChangeEncoder("source");
    private final ByteSink sink = new ByteSink(256);
    private long records;

    TestingTopic(String bootstrapServers, String taskId) throws Exception {
        topic = Topics.changes(taskId);
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new ByteArraySerializer(), new ByteArraySerializer());
    }

    ChangeEncoder encoder() {
        return encoder;
    }

    void heartbeat(Lsn lsn) {
        encoder.heartbeat(sink, lsn, 1, 0, 1);
        send();
    }

    /** Of a source whose clock is not ours. */
    void heartbeat(Lsn lsn, long sourceMillis, long aheadMillis) {
        encoder.heartbeat(sink, lsn, sourceMillis, aheadMillis, 1);
        send();
    }

    void change(
            ChangeEncoder.Table table,
            Operation operation,
            ChangePosition position,
            @Nullable String @Nullable [] before,
            @Nullable String @Nullable [] after) {
        encoder.row(sink, operation, table, position, 1, 1, before, true, after);
        send();
    }

    /** With the whole old row, as REPLICA IDENTITY FULL sends it. */
    void wholeChange(
            ChangeEncoder.Table table,
            Operation operation,
            ChangePosition position,
            @Nullable String @Nullable [] before,
            @Nullable String @Nullable [] after) {
        encoder.row(sink, operation, table, position, 1, 1, before, false, after);
        send();
    }

    void truncate(ChangeEncoder.Table table, ChangePosition position) {
        encoder.truncate(sink, table, position, 1, 1);
        send();
    }

    void ddl(ChangePosition position, DdlContent content) {
        encoder.ddl(sink, position, content.write(), 1, 1);
        send();
    }

    /** A change that says which columns the table has. */
    void describe(ChangeEncoder.Table table, Operation operation, ChangePosition position, @Nullable String... after) {
        encoder.row(sink, operation, table, position, 1, 1, null, true, after, true);
        send();
    }

    void end(ChangePosition position) {
        encoder.transactionEnd(sink, position, new Lsn(position.commitLsn().value() + 1), 1);
        send();
    }

    /** As somebody else might write into the topic. */
    void foreign(String text) {
        foreign(text.getBytes(UTF_8));
    }

    void foreign(byte @Nullable [] value) {
        sink.clear();
        var unused = producer.send(new ProducerRecord<>(topic, value));
    }

    /** Deletes the topic under whoever reads it, and makes it again, empty. */
    void makeAnew() throws Exception {
        producer.flush();
        admin.deleteTopics(List.of(topic)).all().get();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !admin.listTopics().names().get().contains(topic));
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }

    void deleteRecordsBefore(long offset) throws Exception {
        producer.flush();
        admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
                .all()
                .get();
    }

    /** As somebody deletes it, and a broker makes it again as soon as anybody writes. */
    void makeAgain() throws Exception {
        producer.flush();
        admin.deleteTopics(List.of(topic)).all().get();
        // It goes in the background.
        await().ignoreExceptions().until(() -> {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
            return true;
        });
    }

    /** How many records were sent. */
    long records() {
        return records;
    }

    private void send() {
        records++;
        var unused = producer.send(new ProducerRecord<>(topic, sink.copyOf(0, sink.size())));
        sink.clear();
    }

    void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
    }
}
