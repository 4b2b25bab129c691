package io.sluice.apply;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.placement.TaskWorker;
import io.sluice.postgres.Connections;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jboss.logging.Logger;

/** Carries out orders on the target. */
@ApplicationScoped
class ApplyWorker implements TaskWorker {

    private static final Logger LOG = Logger.getLogger(ApplyWorker.class);

    private static final Duration FENCED_PAUSE = Duration.ofSeconds(30);

    private final Map<RunContext, Claimant> claimants = Collections.synchronizedMap(new WeakHashMap<>());
    private final MeterRegistry registry;
    private final KafkaAccess kafka;

    @Inject
    ApplyWorker(MeterRegistry registry, @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.registry = registry;
        this.kafka = KafkaAccess.of(kafka);
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
        while (!context.stopping()) {
            Claimant claimant = claimants.computeIfAbsent(context, key -> new Claimant());
            try (Connections source = source(order, context);
                    Connections target = target(order, context);
                    ApplyMetrics metrics = new ApplyMetrics(registry, order.taskId())) {
                new ApplyRun(order, source, target, kafka, context, claimant, metrics).run();
                return;
            } catch (FencedException e) {
                LOG.infof("The task is in other hands: task=%s", order.taskId());
            }
            // Whoever has lost the task is told so by Kafka within this time; who has not takes it back.
            claimants.put(context, claimant.afterFence());
            context.pause(FENCED_PAUSE);
        }
    }

    @Override
    public List<Fact.Leftover> end(TaskOrder order, RunContext context) {
        try (Connections target = target(order, context)) {
            return TaskEnd.carryOut(order, target, context);
        }
    }

    private static Connections source(TaskOrder order, RunContext context) {
        return new Connections(
                "source",
                order.spec().source(),
                Credentials.of(order.spec().source(), context::open),
                "sluice-apply " + order.taskId());
    }

    private static Connections target(TaskOrder order, RunContext context) {
        return new Connections(
                "target",
                order.spec().target(),
                Credentials.of(order.spec().target(), context::open),
                Bookkeeping.applicationName(order.taskId()));
    }
}
