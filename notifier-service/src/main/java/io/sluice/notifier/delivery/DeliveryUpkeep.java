package io.sluice.notifier.delivery;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Map;
import org.jboss.logging.Logger;

/** Counts the deliveries for the metric {@code sluice_deliveries} and deletes those that ended long ago. */
@ApplicationScoped
class DeliveryUpkeep {

    private static final Logger LOG = Logger.getLogger(DeliveryUpkeep.class);

    private final DeliveryQueue queue;
    private final DeliveryConfig config;
    private final Clock clock;
    private volatile Map<DeliveryState, Long> counts = Map.of();

    @Inject
    DeliveryUpkeep(DeliveryQueue queue, DeliveryConfig config, Clock clock, MeterRegistry meters) {
        this.queue = queue;
        this.config = config;
        this.clock = clock;
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
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void deleteOld() {
        long deleted = queue.deleteEndedBefore(clock.instant().minus(config.history()));
        LOG.debugf("Deleted %d deliveries that ended more than %s ago", deleted, config.history());
    }
}
