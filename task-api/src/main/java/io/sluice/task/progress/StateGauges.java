package io.sluice.task.progress;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.task.task.ReportedTasks;
import jakarta.enterprise.context.ApplicationScoped;

/** {@code sluice_task_state{task,state}}: 1 for the state that each task is in. */
@ApplicationScoped
class StateGauges {

    private final MultiGauge gauges;
    private final ReportedTasks tasks;

    StateGauges(MeterRegistry registry, ReportedTasks tasks) {
        this.gauges = MultiGauge.builder("sluice.task.state")
                .description("1 for the state that the task is in")
                .register(registry);
        this.tasks = tasks;
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void refresh() {
        gauges.register(
                tasks.states().stream()
                        .map(task -> MultiGauge.Row.of(
                                Tags.of("task", task.id(), "state", task.state().name()), 1))
                        .toList(),
                true);
    }
}
