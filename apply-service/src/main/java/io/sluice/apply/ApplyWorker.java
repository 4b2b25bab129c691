package io.sluice.apply;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.apply.position.FencedException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.placement.TaskWorker;
import io.sluice.postgres.Connections;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Carries out orders on the target. */
@ApplicationScoped
class ApplyWorker implements TaskWorker {

    private static final Logger LOG = Logger.getLogger(ApplyWorker.class);

    private final MeterRegistry registry;
    private final String bootstrapServers;

    @Inject
    ApplyWorker(MeterRegistry registry, @ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers) {
        this.registry = registry;
        this.bootstrapServers = bootstrapServers;
    }

    @Override
    public TaskReport.Service service() {
        return TaskReport.Service.APPLY;
    }

    @Override
    public boolean runsIn(Phase phase) {
        return phase == Phase.RUN;
    }

    @Override
    public void run(TaskOrder order, RunContext context) {
        try (Connections source = source(order, context);
                Connections target = target(order, context);
                ApplyMetrics metrics = new ApplyMetrics(registry, order.taskId())) {
            new ApplyRun(order, source, target, bootstrapServers, context, metrics).run();
        } catch (FencedException e) {
            LOG.infof("Run ended, the task is in other hands: task=%s", order.taskId());
        }
    }

    @Override
    public List<Fact.Leftover> end(TaskOrder order, RunContext context) {
        try (Connections target = target(order, context)) {
            TaskEnd.carryOut(order, target, context);
        }
        return List.of();
    }

    private static Connections source(TaskOrder order, RunContext context) {
        return new Connections(
                "source",
                order.spec().source(),
                context.open(order.spec().source().password()),
                "sluice-apply " + order.taskId());
    }

    private static Connections target(TaskOrder order, RunContext context) {
        return new Connections(
                "target",
                order.spec().target(),
                context.open(order.spec().target().password()),
                ApplyRun.targetApplicationName(order.taskId()));
    }
}
