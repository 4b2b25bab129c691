package io.sluice.placement;

import io.quarkus.runtime.ShutdownEvent;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.MasterKeys;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskOrder;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * The edge to {@code sluice.tasks}. Offsets are never committed: whoever is assigned a partition reads all of it, which
 * is one order per task after compaction.
 */
@ApplicationScoped
@Identifier("orders")
class Orders implements KafkaConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(Orders.class);

    private final TaskRuns runs;

    @Inject
    Orders(
            TaskWorker worker,
            Reports reports,
            @ConfigProperty(name = "sluice.master-keys") Optional<String> masterKeys,
            @ConfigProperty(name = "sluice.master-key") Optional<String> masterKey) {
        SecretSeal seal = new SecretSeal(MasterKeys.of(masterKeys, masterKey));
        this.runs = new TaskRuns(worker, reports, seal, Clock.systemUTC());
    }

    @Incoming("orders")
    @Blocking
    void order(ConsumerRecord<String, String> entry) {
        if (entry.value() == null) {
            runs.deleted(entry.partition(), entry.offset(), entry.key());
            return;
        }
        try {
            runs.order(entry.partition(), entry.offset(), Json.read(entry.value(), TaskOrder.class));
        } catch (SluiceException e) {
            // One unreadable order must not stop the others.
            LOG.errorf(e, "Order not understood: task=%s", entry.key());
            runs.reached(entry.partition(), entry.offset() + 1);
        }
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> ends = ends(consumer, partitions);
        consumer.seekToBeginning(partitions);
        ends.forEach((partition, end) -> runs.assigned(partition.partition(), end));
    }

    /** Without these an order would be passed over; a consumer that asks for too long loses its partitions to another. */
    private static Map<TopicPartition, Long> ends(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        while (true) {
            try {
                return consumer.endOffsets(partitions);
            } catch (RetriableException e) {
                LOG.warnf("The end of the orders is not known yet, asking again: %s", e.getMessage());
            }
        }
    }

    @Override
    public void onPartitionsRevoked(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        runs.revoked(partitions.stream().map(TopicPartition::partition).toList());
    }

    @Override
    public void onPartitionsLost(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        onPartitionsRevoked(consumer, partitions);
    }

    /** Before the messaging layer goes: a run must end while it can still report and commit. */
    void stop(@Observes @Priority(1) ShutdownEvent event) {
        runs.releaseAll();
    }
}
