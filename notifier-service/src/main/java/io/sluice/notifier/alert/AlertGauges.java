package io.sluice.notifier.alert;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;

/**
 * {@code sluice_alerts_firing{task,kind}}: 1 for each alert that fires. {@code sluice_alerts_silence_seconds}: whether
 * the rules can see at all; it stays below a minute while the task API and Kafka are well.
 */
@ApplicationScoped
class AlertGauges {

    private final MultiGauge firing;
    private final AlertService alerts;
    private volatile Duration silence = Duration.ZERO;

    @Inject
    AlertGauges(MeterRegistry meters, AlertService alerts) {
        this.alerts = alerts;
        this.firing = MultiGauge.builder("sluice.alerts.firing")
                .description("1 for each alert that fires")
                .register(meters);
        Gauge.builder("sluice.alerts.silence", () -> silence.toMillis() / 1000.0)
                .description("For how long nothing was heard of a task that runs; the longest of all")
                .baseUnit("seconds")
                .register(meters);
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void refresh() {
        silence = alerts.longestSilence();
        firing.register(
                alerts.firing().stream()
                        .map(alert ->
                                MultiGauge.Row.of(Tags.of("task", alert.task().id(), "kind", alert.kind()), 1))
                        .toList(),
                true);
    }
}
