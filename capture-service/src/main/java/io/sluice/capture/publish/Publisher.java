package io.sluice.capture.publish;

import io.sluice.capture.engine.Chunk;
import io.sluice.capture.engine.ChunkExchange;
import io.sluice.capture.publish.PublishListener.Committed;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes chunks apart into records of the change topic, in Kafka transactions of bounded size and age. A huge source
 * transaction spans several. What the source may forget follows from what is committed, and from nothing else.
 *
 * <p>Its own thread publishes; the other methods are for the thread that made it.
 */
public final class Publisher implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Publisher.class);
    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
    private static final Duration ORDERLY_END = Duration.ofMillis(1_500);

    private final String taskId;
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final PublishLimits limits;
    private final PublishListener listener;
    private final OpenTransaction transaction;
    private final OwnOffsets offsets;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private ChangePosition last = ChangePosition.START;
    private final Callback sent = this::sent;
    private long lastOffset = -1;
    private volatile boolean wentBack;
    private volatile boolean stopping;
    private @Nullable Thread thread;

    /** Another instance has taken the task over, or the coordinator gave this producer up: to be asked of placement. */
    public static final class Fenced extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Fenced(Throwable cause) {
            super("another producer has taken over", cause);
        }
    }

    /** One producer per task, of whichever instance: the newest shuts out the others. */
    static String transactionalId(String taskId) {
        return "sluice-capture-" + taskId;
    }

    public Publisher(KafkaAccess kafka, String taskId, PublishLimits limits, PublishListener listener) {
        this.taskId = taskId;
        this.topic = Topics.changes(taskId);
        this.limits = limits;
        this.listener = listener;
        this.transaction = new OpenTransaction(limits);
        this.offsets = new OwnOffsets(new ChangeTopic(kafka, taskId));
        this.producer = new KafkaProducer<>(
                kafka.with(Map.ofEntries(
                        Map.entry("client.id", "sluice-capture-" + taskId),
                        Map.entry("transactional.id", transactionalId(taskId)),
                        Map.entry("acks", "all"),
                        Map.entry("enable.idempotence", "true"),
                        Map.entry("compression.type", "lz4"),
                        Map.entry("linger.ms", "5"),
                        Map.entry("batch.size", Integer.toString(256 << 10)),
                        Map.entry("buffer.memory", Integer.toString(32 << 20)),
                        Map.entry("max.request.size", Integer.toString(ChangeTopic.LARGEST_BATCH)),
                        // After these the run starts from scratch; the task's retry window says for how long.
                        Map.entry("max.block.ms", "20000"),
                        Map.entry("request.timeout.ms", "10000"),
                        Map.entry("delivery.timeout.ms", "20000"),
                        // How long a reader waits for a transaction that died with its producer, if nobody takes over.
                        Map.entry("transaction.timeout.ms", "30000"))),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Fences every older producer of this task and ends what it left open. */
    public void takeOver() throws InterruptedException {
        try {
            producer.initTransactions();
        } catch (InterruptException e) {
            Thread.interrupted();
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        } catch (KafkaException e) {
            throw failure(e);
        }
    }

    /** Whatever comes before the next record of this one is somebody else's, from this offset on. */
    public void continueAt(long offset) {
        offsets.continueAt(offset);
    }

    /** Writes the first record of a topic, alone in a transaction: nothing before {@code lsn} belongs to the task. */
    public void publishStart(String database, Lsn lsn, long sourceMillis, long nowMillis) {
        ByteSink sink = new ByteSink(256);
        new ChangeEncoder(database).heartbeat(sink, lsn, sourceMillis, sourceMillis - nowMillis, nowMillis);
        try {
            producer.beginTransaction();
            var unusedOutcome =
                    producer.send(new ProducerRecord<>(topic, 0, null, sink.copyOf(0, sink.size())), this::sent);
            producer.commitTransaction();
        } catch (KafkaException e) {
            throw failure(e);
        }
        offsets.committed();
        offsets.requireSound();
    }

    /**
     * @param onTopic position of the topic's last record; null when there is none
     * @param comesAgain the stream brings that record once more
     */
    public void start(ChunkExchange exchange, @Nullable ChangePosition onTopic, boolean comesAgain) {
        PositionFilter filter = new PositionFilter(onTopic, comesAgain);
        thread = Thread.ofPlatform().name("publish-" + taskId).start(() -> publish(exchange, filter));
    }

    /** Failed with a {@link SluiceException} or {@link Fenced} when publishing broke; done when it was closed. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    private void publish(ChunkExchange exchange, PositionFilter filter) {
        try {
            while (!stopping) {
                Chunk chunk = exchange.take(transaction.isOpen() ? limits.idle() : LONGEST_WAIT);
                if (chunk == null) {
                    commit();
                } else {
                    send(chunk, filter);
                    exchange.giveBack(chunk);
                }
            }
            commit();
            ended.complete(null);
        } catch (KafkaException e) {
            ended.completeExceptionally(failure(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended.complete(null);
        } catch (RuntimeException | Error e) {
            ended.completeExceptionally(e);
        }
    }

    private void send(Chunk chunk, PositionFilter filter) {
        for (int i = 0; i < chunk.size() && !stopping; i++) {
            ChangePosition position = chunk.position(i);
            if (!filter.passes(position)) {
                continue;
            }
            if (!transaction.isOpen()) {
                producer.beginTransaction();
            }
            byte[] key = chunk.key(i);
            byte[] value = chunk.value(i);
            // A record that cannot be sent fails the commit.
            var unusedOutcome = producer.send(new ProducerRecord<>(topic, 0, key, value), sent);
            int size = value.length + (key == null ? 0 : key.length);
            long now = System.nanoTime();
            transaction.add(size, chunk.isChange(i), chunk.sourceMillis(i), chunk.safeLsn(i), now);
            last = position;
            if (transaction.isDue(now)) {
                commit();
            }
        }
    }

    /** In the producer's thread, record by record. */
    private void sent(@Nullable RecordMetadata record, @Nullable Exception failure) {
        if (failure == null && record != null) {
            if (record.hasOffset()) {
                wentBack |= record.offset() <= lastOffset;
                lastOffset = record.offset();
            }
            offsets.written(record.hasOffset() ? record.offset() : -1);
        }
    }

    private void commit() {
        if (!transaction.isOpen()) {
            return;
        }
        long began = System.nanoTime();
        producer.flush();
        if (wentBack) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic " + topic
                            + " has lost records that it had: it was deleted and made again, or a broker"
                            + " that was behind has it now. Stop the task and load again with a new one.");
        }
        producer.commitTransaction();
        offsets.committed();
        offsets.requireSound();
        long took = System.nanoTime() - began;
        Committed committed = new Committed(
                last, transaction.safe(), transaction.changes(), transaction.bytes(), transaction.newestSourceMillis());
        transaction.clear(took);
        listener.committed(committed);
    }

    private static RuntimeException failure(KafkaException error) {
        return KafkaErrors.isFenced(error)
                ? new Fenced(error)
                : KafkaErrors.explain(error, "writing to the change topic");
    }

    /** Commits what is open if Kafka lets it, then closes; what was not committed is read from the source again. */
    @Override
    public void close() {
        stopping = true;
        try {
            if (thread != null && !thread.join(ORDERLY_END)) {
                LOG.warnf("Publisher did not end in time: task=%s", taskId);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            producer.close(Duration.ZERO);
        }
    }
}
