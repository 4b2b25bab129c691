package io.sluice.notifier.alert;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.scheduler.Scheduled;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.event.TaskEvent;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes the events in their order. Those that cannot be stored hold up those behind them until they can: order and
 * completeness matter more than speed here. One that is no event is logged and passed over.
 */
@ApplicationScoped
public class TaskEventConsumer {

    private static final Logger LOG = Logger.getLogger(TaskEventConsumer.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** At most so many are one transaction. */
    private static final int CHUNK = 25;

    private final AlertService alerts;
    private final CountDownLatch stopping = new CountDownLatch(1);

    @Inject
    TaskEventConsumer(AlertService alerts) {
        this.alerts = alerts;
    }

    @Incoming("events")
    @Blocking
    void consume(List<String> batch) throws InterruptedException {
        List<TaskEvent> events = batch.stream()
                .map(TaskEventConsumer::parse)
                .flatMap(Optional::stream)
                .toList();
        int from = 0;
        while (from < events.size()) {
            from += handle(events.subList(from, Math.min(from + CHUNK, events.size())));
        }
    }

    /** Empty for a record that can never be handled, so that it does not hold up the others for good. */
    private static Optional<TaskEvent> parse(@Nullable String text) {
        try {
            TaskEvent event = text == null ? null : Json.read(text, TaskEvent.class);
            if (isComplete(event)) {
                return Optional.of(event);
            }
            LOG.error("A record of the event topic is passed over: a field that every event has is missing");
        } catch (SluiceException e) {
            LOG.errorf("A record of the event topic is passed over: %s", e.getMessage());
        }
        return Optional.empty();
    }

    private static boolean isComplete(@Nullable TaskEvent event) {
        return event != null
                && Stream.of(
                                event.id(),
                                event.taskId(),
                                event.taskName(),
                                event.kind(),
                                event.health(),
                                event.state(),
                                event.detail(),
                                event.at())
                        .allMatch(Objects::nonNull);
    }

    private int handle(List<TaskEvent> events) throws InterruptedException {
        Duration pause = Duration.ofMillis(500);
        while (true) {
            try {
                return alerts.handle(events);
            } catch (RuntimeException e) {
                LOG.warnf(
                        e,
                        "%d events from %s on could not be handled; the next try is in %s",
                        events.size(),
                        events.getFirst().id(),
                        pause);
                if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw e;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping.countDown();
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void upkeep() {
        alerts.forgetOldEvents();
    }
}
