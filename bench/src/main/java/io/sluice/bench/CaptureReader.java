package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.SluiceStack;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Capture of a paused task: what it has read when the last change is in the topic, committed. That is more than the stock connector
 * does, which hands objects to a consumer that drops them.
 */
final class CaptureReader implements Reader {

    private static final Duration EVERY = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    /** So many records before the end are looked at; heartbeats and ends of transactions may follow the last change. */
    private static final int TAIL = 40;

    private static final Pattern CHANGE = Pattern.compile("^\\{\"op\":\"[cud]\"");

    private final SluiceStack stack;
    private final PostgresServer source;
    private final SluiceStream task;
    private long begin;

    /** @param task of its own, not begun */
    CaptureReader(SluiceStack stack, PostgresServer source, SluiceStream task) {
        this.stack = stack;
        this.source = source;
        this.task = task;
    }

    @Override
    public String name() {
        return "Sluice's capture";
    }

    @Override
    public String slot() {
        return task.slot();
    }

    @Override
    public void begin() {
        task.begin();
        task.pause();
    }

    @Override
    public void hold() {
        task.hold();
        begin = withTopic((consumer, topic) -> end(consumer, topic));
    }

    @Override
    public void read(Backlog backlog, int turn, double scale, Runnable started) {
        task.release();
        Slots.await(source, task.slot(), true);
        started.run();
        Pattern last = Pattern.compile("^\\{\"op\":\"c\".*\"table\":\""
                + backlog.tables().getLast() + "\".*\"id\":" + backlog.mark(turn) + "[,}]");
        withTopic((consumer, topic) -> awaitLast(consumer, topic, last));
    }

    private long awaitLast(KafkaConsumer<byte[], byte[]> consumer, TopicPartition topic, Pattern last) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long from = begin;
        while (System.nanoTime() < deadline) {
            from = Math.max(from, end(consumer, topic) - TAIL);
            consumer.seek(topic, from);
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(EVERY)) {
                if (last.matcher(text(record)).find()) {
                    return record.offset();
                }
            }
        }
        throw new IllegalStateException("the last change is not in the topic");
    }

    @Override
    public void verify(Backlog backlog, double scale) {
        long changes = withTopic((consumer, topic) -> {
            long count = 0;
            long end = end(consumer, topic);
            consumer.seek(topic, begin);
            while (consumer.position(topic) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(EVERY)) {
                    count += CHANGE.matcher(text(record)).find() ? 1 : 0;
                }
            }
            return count;
        });
        if (changes != backlog.changes(scale)) {
            throw new IllegalStateException(
                    "%d changes are in the topic instead of %d".formatted(changes, backlog.changes(scale)));
        }
    }

    private static String text(ConsumerRecord<byte[], byte[]> record) {
        return record.value() == null ? "" : new String(record.value(), StandardCharsets.UTF_8);
    }

    private static long end(KafkaConsumer<byte[], byte[]> consumer, TopicPartition topic) {
        return consumer.endOffsets(List.of(topic)).getOrDefault(topic, 0L);
    }

    /** What is done with the topic. */
    @FunctionalInterface
    private interface Look {
        long at(KafkaConsumer<byte[], byte[]> consumer, TopicPartition topic);
    }

    private long withTopic(Look look) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                stack.kafka().bootstrapServers(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                "false",
                "fetch.max.wait.ms",
                "10",
                "max.poll.records",
                "5000");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition topic = new TopicPartition(task.topic(), 0);
            consumer.assign(List.of(topic));
            return look.at(consumer, topic);
        }
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of(
                "capture-service",
                stack.captures().getFirst().pid(),
                "Kafka",
                stack.kafka().pid());
    }

    @Override
    public void close() {
        task.close();
    }
}
