package io.sluice.capture.publish;

import io.sluice.capture.slot.TopicEnd;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeDecoder;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The change topic of a task: made, read at its end, removed. Not thread-safe. */
public final class ChangeTopic {

    /** See {@code ChangeStream.LARGEST_RECORD}; the rest is for what a batch adds. */
    static final int LARGEST_BATCH = 16 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Behind the last record of a transaction there is its marker, and there may be aborted transactions. */
    private static final long FIRST_STEP_BACK = 16;

    private final KafkaAccess kafka;
    private final String taskId;
    private final String name;
    private final TopicPartition partition;

    public ChangeTopic(KafkaAccess kafka, String taskId) {
        this(kafka, taskId, Topics.changes(taskId));
    }

    private ChangeTopic(KafkaAccess kafka, String taskId, String name) {
        this.kafka = kafka;
        this.taskId = taskId;
        this.name = name;
        this.partition = new TopicPartition(name, 0);
    }

    /** The topic of the task's snapshots, which is made as its change topic is. */
    public static ChangeTopic ofSnapshots(KafkaAccess kafka, String taskId) {
        return new ChangeTopic(kafka, taskId, Topics.snapshots(taskId));
    }

    public String name() {
        return name;
    }

    /**
     * What Kafka says of the topic.
     *
     * @param retentionMillis how long it keeps records; -1 for ever
     * @param id tells it from another one that is made later under its name; empty where Kafka has none (before 2.8)
     */
    public record Settings(long retentionMillis, String id) {}

    /** Makes the topic if it is missing. */
    public Settings ensure(Duration retention) throws InterruptedException {
        try (Admin admin = admin()) {
            NewTopic topic = new NewTopic(name, Optional.of(1), Optional.empty())
                    .configs(Map.of(
                            TopicConfig.RETENTION_MS_CONFIG,
                            Long.toString(retention.toMillis()),
                            TopicConfig.CLEANUP_POLICY_CONFIG,
                            TopicConfig.CLEANUP_POLICY_DELETE,
                            TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                            Integer.toString(LARGEST_BATCH),
                            // Retention goes by the broker's clock: one of ours that was set back would have it take
                            // what has just come.
                            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                            "LogAppendTime"));
            try {
                await(admin.createTopics(List.of(topic)).all());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
            return settings(admin);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw unavailable(e, "making the change topic " + name);
        }
    }

    /**
     * For a task that was captured before.
     *
     * @throws SluiceException {@code CHANGES_LOST} when it is not there any more
     */
    public Settings require() throws InterruptedException {
        try (Admin admin = admin()) {
            if (!await(admin.listTopics().names()).contains(name)) {
                throw new SluiceException(
                        ErrorCode.CHANGES_LOST,
                        "The change topic " + name
                                + " was deleted, with changes that may not have been applied. Resume the task with"
                                + " {\"reload\": [\"*\"]}.");
            }
            return settings(admin);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw unavailable(e, "reading the settings of the change topic " + name);
        }
    }

    /** A topic that was just made may not be known to every broker yet. */
    private Settings settings(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                String kept = await(admin.describeConfigs(List.of(resource)).all())
                        .get(resource)
                        .get(TopicConfig.RETENTION_MS_CONFIG)
                        .value();
                Uuid id = await(admin.describeTopics(List.of(name)).allTopicNames())
                        .get(name)
                        .topicId();
                return new Settings(Long.parseLong(kept), Uuid.ZERO_UUID.equals(id) ? "" : id.toString());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(POLL);
            }
        }
    }

    /**
     * Removes the topic, after it has made sure that no older producer writes to it any more; nothing happens when it is
     * gone already.
     */
    public void delete() throws InterruptedException {
        try (Admin admin = admin()) {
            await(admin.fenceProducers(List.of(Publisher.transactionalId(taskId)))
                    .all());
            await(admin.deleteTopics(List.of(name)).all());
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw unavailable(e, "removing the change topic " + name);
            }
        }
    }

    /**
     * Looks at the last committed record. To be called after {@link Publisher#takeOver()}, which ends whatever an older
     * producer left open.
     */
    public TopicEnd end() throws InterruptedException {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(Set.of(partition));
            long begin = consumer.beginningOffsets(Set.of(partition)).get(partition);
            long end = consumer.endOffsets(Set.of(partition)).get(partition);
            List<ConsumerRecord<byte[], byte[]>> newest = new ArrayList<>();
            long from = end;
            for (long step = FIRST_STEP_BACK; newest.size() < 2 && from > begin; step *= 16) {
                long to = from;
                from = Math.max(begin, end - step);
                newest.addAll(0, lastTwoBetween(consumer, from, to));
            }
            if (newest.isEmpty()) {
                // Records only go by moving the beginning: what stands behind 0 was never committed.
                return new TopicEnd(begin == 0, false, null, null, end, null);
            }
            ConsumerRecord<byte[], byte[]> last = newest.getLast();
            ChangeRecord record = decode(last);
            requireOrder(newest.get(Math.max(0, newest.size() - 2)), record, last);
            return new TopicEnd(
                    false,
                    begin == 0 && newest.size() == 1,
                    record.position(),
                    record instanceof TransactionEnd complete
                            ? complete.endLsn()
                            : record.position().commitLsn(),
                    end,
                    last.offset() < end - 1
                            ? null
                            : OwnOffsets.foreign(
                                    name, last.offset(), "its last record is not of a transaction of Kafka's"));
        } catch (InterruptException e) {
            Thread.interrupted();
            throw interrupted(e);
        } catch (KafkaException e) {
            throw KafkaErrors.explain(e, "reading the end of the change topic " + name);
        }
    }

    /** What is sent again is told by the last record: one of long ago, which somebody else wrote, would let it all through. */
    private void requireOrder(
            ConsumerRecord<byte[], byte[]> beforeLast, ChangeRecord record, ConsumerRecord<byte[], byte[]> last) {
        ChangeRecord before;
        try {
            before = new ChangeDecoder().decode(beforeLast.value());
        } catch (SluiceException foreign) {
            // It was named when capture wrote the one after it.
            return;
        }
        if (before.position().isAfter(record.position())) {
            throw new SluiceException(
                    ErrorCode.CHANGE_UNREADABLE,
                    "Offset " + last.offset() + " of the topic " + name + ": the last record, of "
                            + record.position().commitLsn() + ", is behind the one before, of "
                            + before.position().commitLsn() + ". Somebody else writes into the topic. Keep others from"
                            + " it (ACLs), and load again with a new task.");
        }
    }

    /**
     * Looks whether there is a record between two of ours.
     *
     * @param from the first offset
     * @param to the offset after the last; everything before it is committed or given up
     * @throws SluiceException {@code CHANGE_UNREADABLE} when there is one
     */
    void requireNone(long from, long to) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(Set.of(partition));
            consumer.seek(partition, from);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition) < to) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < to) {
                        throw OwnOffsets.foreign(name, record.offset(), "capture has not written it");
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw cannotBeRead();
                }
            }
        } catch (KafkaException e) {
            throw KafkaErrors.explain(e, "looking for what others have written into the change topic " + name);
        }
    }

    private SluiceException cannotBeRead() {
        return new SluiceException(
                ErrorCode.KAFKA_UNAVAILABLE,
                "The end of the change topic " + name + " cannot be read: a transaction in it stays open.");
    }

    private static ChangeRecord decode(ConsumerRecord<byte[], byte[]> record) {
        try {
            return new ChangeDecoder().decode(record.value());
        } catch (SluiceException e) {
            throw OwnOffsets.foreign(record.topic(), record.offset(), String.valueOf(e.getMessage()));
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> lastTwoBetween(
            KafkaConsumer<byte[], byte[]> consumer, long from, long to) {
        consumer.seek(partition, from);
        Deque<ConsumerRecord<byte[], byte[]>> last = new ArrayDeque<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumer.position(partition) < to) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                last.addLast(record);
                if (last.size() > 2) {
                    last.removeFirst();
                }
                deadline = System.nanoTime() + PATIENCE.toNanos();
            }
            if (System.nanoTime() > deadline) {
                throw cannotBeRead();
            }
        }
        return List.copyOf(last);
    }

    private Admin admin() {
        return Admin.create(kafka.with(
                Map.of("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()), "request.timeout.ms", "10000")));
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                kafka.with(Map.of(
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false",
                        "default.api.timeout.ms", Long.toString(PATIENCE.toMillis()),
                        "request.timeout.ms", "10000")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static <T> T await(KafkaFuture<T> future)
            throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static InterruptedException interrupted(InterruptException cause) {
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(cause);
        return interrupted;
    }

    private static SluiceException unavailable(Exception error, String doing) throws InterruptedException {
        if (error instanceof InterruptException e) {
            Thread.interrupted();
            throw interrupted(e);
        }
        return KafkaErrors.explain(error, doing);
    }
}
