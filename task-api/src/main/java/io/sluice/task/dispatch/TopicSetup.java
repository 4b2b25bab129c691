package io.sluice.task.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Creates the shared topics that do not exist yet, waiting for Kafka as long as it takes; not ready until then. */
@ApplicationScoped
public class TopicSetup {

    private static final Logger LOG = Logger.getLogger(TopicSetup.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** An order names every table of its task. */
    private static final String ORDER_BYTES = Integer.toString(16 << 20);

    private final KafkaAccess kafka;
    private final BusConfig config;
    /** Why the topics are not there yet; null once they are. */
    private volatile @Nullable String problem = "Kafka was not reached yet";

    private volatile @Nullable Thread thread;

    TopicSetup(@Identifier("default-kafka-broker") Map<String, Object> kafka, BusConfig config) {
        this.kafka = KafkaAccess.of(kafka);
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        thread = Thread.ofVirtual().name("topics").start(this::createWhenPossible);
    }

    void stop(@Observes ShutdownEvent stopped) {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    boolean ready() {
        return problem == null;
    }

    @Nullable
    String problem() {
        return problem;
    }

    private void createWhenPossible() {
        while (!ready()) {
            try {
                create();
                problem = null;
                LOG.info("The shared topics are there");
            } catch (InterruptedException e) {
                return;
            } catch (ExecutionException | KafkaException e) {
                String reason = String.valueOf(e.getMessage());
                if (!reason.equals(problem)) {
                    LOG.warnf("Waiting for Kafka: %s", reason);
                }
                problem = reason;
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private void create() throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(kafka.with(Map.of()))) {
            CreateTopicsResult created = admin.createTopics(List.of(
                    topic(Topics.TASKS)
                            .configs(Map.of(
                                    TopicConfig.CLEANUP_POLICY_CONFIG,
                                    TopicConfig.CLEANUP_POLICY_COMPACT,
                                    // Sealed credentials of orders that are out of date, or of deleted tasks, go
                                    // within days.
                                    TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
                                    days(1),
                                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                    ORDER_BYTES)),
                    new NewTopic(Topics.TOKENS, 1, config.replicationFactor())
                            .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)),
                    topic(Topics.REPORTS).configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, days(7))),
                    topic(Topics.EVENTS).configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, days(30)))));
            for (var result : created.values().values()) {
                try {
                    result.get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
        }
    }

    private NewTopic topic(String name) {
        return new NewTopic(name, config.partitions(), config.replicationFactor());
    }

    private static String days(int days) {
        return Long.toString(Duration.ofDays(days).toMillis());
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
