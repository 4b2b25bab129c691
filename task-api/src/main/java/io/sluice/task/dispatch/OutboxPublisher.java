package io.sluice.task.dispatch;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends what is in the outbox and deletes what Kafka has acknowledged. Wakes after each commit that filled the outbox,
 * and once a second for what other instances left. A record is sent only when the one before it of the same key was
 * acknowledged: on a compacted topic the last one counts, so an older one must never come after a newer one.
 */
@ApplicationScoped
public class OutboxPublisher {

    private static final Logger LOG = Logger.getLogger(OutboxPublisher.class);
    private static final int BATCH = 100;
    /** Longer than Kafka's delivery timeout, during which the transaction stays open. */
    private static final int TRANSACTION_SECONDS = 120;

    private final Outbox outbox;
    private final TopicSetup topics;
    private final MutinyEmitter<Record<String, String>> emitter;
    private final Semaphore work = new Semaphore(0);
    private volatile boolean stopping;
    private @Nullable Thread thread;

    OutboxPublisher(
            Outbox outbox, TopicSetup topics, @Channel("outbox") MutinyEmitter<Record<String, String>> emitter) {
        this.outbox = outbox;
        this.topics = topics;
        this.emitter = emitter;
    }

    void start(@Observes StartupEvent started) {
        thread = Thread.ofVirtual().name("outbox").start(this::run);
    }

    void stop(@Observes ShutdownEvent stopped) throws InterruptedException {
        stopping = true;
        if (thread != null) {
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(5));
        }
    }

    void wake(@Observes(during = TransactionPhase.AFTER_SUCCESS) Outbox.Filled filled) {
        work.release();
    }

    private void run() {
        boolean failing = false;
        while (!stopping) {
            try {
                if (work.tryAcquire(1, TimeUnit.SECONDS)) {
                    work.drainPermits();
                }
                if (topics.ready()) {
                    publishAll();
                    failing = false;
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!failing) {
                    LOG.warnf("Publishing failed and is tried again every second: %s", e.getMessage());
                    failing = true;
                }
            }
        }
    }

    private void publishAll() {
        int published;
        do {
            published = QuarkusTransaction.requiringNew()
                    .timeout(TRANSACTION_SECONDS)
                    .call(this::publishBatch);
        } while (published > 0);
    }

    /** @return how many records Kafka acknowledged */
    private int publishBatch() {
        if (!outbox.lockForPublishing()) {
            return 0;
        }
        List<Long> acknowledged = new ArrayList<>();
        try {
            List<OutboxRow> wave = new ArrayList<>();
            Set<String> keys = new HashSet<>();
            for (OutboxRow row : outbox.oldest(BATCH)) {
                if (!keys.add(row.topic + " " + row.recordKey)) {
                    send(wave, acknowledged);
                    wave.clear();
                    keys.clear();
                    keys.add(row.topic + " " + row.recordKey);
                }
                wave.add(row);
            }
            send(wave, acknowledged);
        } catch (SendFailed e) {
            LOG.warnf("Kafka did not take records of the outbox; they are sent again: %s", e.getMessage());
            outbox.delete(acknowledged);
            return 0;
        }
        outbox.delete(acknowledged);
        return acknowledged.size();
    }

    private void send(List<OutboxRow> wave, List<Long> acknowledged) {
        if (wave.isEmpty()) {
            return;
        }
        List<Throwable> failures = new ArrayList<>();
        // Kafka's threads must not take part in the transaction: the emitter hands the caller's on to them, and a
        // commit that meets them at it fails.
        List<Boolean> sent = QuarkusTransaction.suspendingExisting().call(() -> sendAll(wave, failures));
        for (int i = 0; i < wave.size(); i++) {
            if (Boolean.TRUE.equals(sent.get(i))) {
                acknowledged.add(Objects.requireNonNull(wave.get(i).id));
            }
        }
        if (!failures.isEmpty()) {
            throw new SendFailed(failures.getFirst());
        }
    }

    private List<Boolean> sendAll(List<OutboxRow> wave, List<Throwable> failures) {
        List<Uni<Boolean>> sends = new ArrayList<>();
        for (OutboxRow row : wave) {
            sends.add(emitter.sendMessage(message(row))
                    .replaceWith(true)
                    .onFailure()
                    .recoverWithItem(failure -> {
                        synchronized (failures) {
                            failures.add(failure);
                        }
                        return false;
                    }));
        }
        return Uni.join().all(sends).andFailFast().await().indefinitely();
    }

    private static Message<Record<String, String>> message(OutboxRow row) {
        OutgoingKafkaRecordMetadata<String> metadata = OutgoingKafkaRecordMetadata.<String>builder()
                .withTopic(row.topic)
                .withKey(row.recordKey)
                .build();
        return Message.of(Record.of(row.recordKey, row.payload), Metadata.of(metadata));
    }

    /** What was acknowledged before is kept. */
    private static final class SendFailed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        SendFailed(Throwable cause) {
            super(String.valueOf(cause.getMessage()), cause);
        }
    }
}
