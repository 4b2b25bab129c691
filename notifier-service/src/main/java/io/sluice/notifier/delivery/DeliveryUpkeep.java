package io.sluice.notifier.delivery;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.scheduler.Scheduled;
import io.sluice.http.once.IdempotencyKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Counts the deliveries for the metrics {@code sluice_deliveries} and {@code sluice_deliveries_oldest_pending_seconds}, and deletes those that ended long ago, and
 * the keys of requests that are worth nothing any more.
 */
@ApplicationScoped
class DeliveryUpkeep {

    private static final Logger LOG = Logger.getLogger(DeliveryUpkeep.class);

    private final DeliveryQueue queue;
    private final DeliveryConfig config;
    private final IdempotencyKeys keys;
    private final Clock clock;
    private volatile Map<DeliveryState, Long> counts = Map.of();
    private volatile Duration oldest = Duration.ZERO;

    @Inject
    DeliveryUpkeep(
            DeliveryQueue queue, DeliveryConfig config, IdempotencyKeys keys, Clock clock, MeterRegistry meters) {
        this.keys = keys;
        this.queue = queue;
        this.config = config;
        this.clock = clock;
        Gauge.builder("sluice.deliveries.oldest.pending", () -> oldest.toMillis() / 1000.0)
                .description("Age of the delivery that waits longest")
                .baseUnit("seconds")
                .register(meters);
        for (DeliveryState state : DeliveryState.values()) {
            Gauge.builder("sluice.deliveries", () -> counts.getOrDefault(state, 0L))
                    .description("Deliveries that are kept, by state")
                    .tag("state", state.name())
                    .register(meters);
        }
    }

    @Scheduled(every = "10s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void count() {
        counts = queue.countByState();
        oldest = queue.oldestPendingAge();
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void deleteOld() {
        int expired = queue.expireUnsent();
        if (expired > 0) {
            LOG.warnf("%d deliveries are given up: those that had to come first did not get through", expired);
        }
        long deleted = queue.deleteEndedBefore(clock.instant().minus(config.history()));
        keys.forgetOld();
        LOG.debugf("Deleted %d deliveries that ended more than %s ago", deleted, config.history());
    }
}
