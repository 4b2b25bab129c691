package io.sluice.apply;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.apply.cutover.AbandonedCutover;
import io.sluice.apply.load.LoadSlots;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Carries out orders on the target. */
@ApplicationScoped
class ApplyWorker implements TaskWorker {

    private static final Logger LOG = Logger.getLogger(ApplyWorker.class);

    private static final Duration FENCED_PAUSE = Duration.ofSeconds(30);

    private final Map<RunContext, Claimant> claimants = Collections.synchronizedMap(new WeakHashMap<>());
    private final MeterRegistry registry;
    private final KafkaAccess kafka;
    private final LoadSlots slots;

    @Inject
    ApplyWorker(
            MeterRegistry registry,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            @ConfigProperty(name = "sluice.apply.load.slots", defaultValue = "16") int slots) {
        this.registry = registry;
        this.slots = new LoadSlots(slots);
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
    public boolean loads() {
        return true;
    }

    @Override
    public void run(TaskOrder order, RunContext context) {
        while (!context.stopping()) {
            Claimant claimant = claimants.computeIfAbsent(context, key -> new Claimant());
            try (Connections source = source(order, context);
                    Connections target = target(order, context);
                    ApplyMetrics metrics = new ApplyMetrics(registry, order.taskId())) {
                new ApplyRun(order, source, target, kafka, context, claimant, metrics, slots).run();
                return;
            } catch (FencedException e) {
                requireNewest(e);
                LOG.infof("The task is in other hands: task=%s", order.taskId());
            }
            // Whoever has lost the task is told so by Kafka within this time; who has not takes it back.
            claimants.put(context, claimant.afterFence());
            context.pause(FENCED_PAUSE);
        }
    }

    @Override
    public List<Fact.Leftover> end(TaskOrder order, RunContext context) {
        while (true) {
            try (Connections source = source(order, context);
                    Connections target = target(order, context)) {
                List<Fact.Leftover> leftovers = new ArrayList<>(undoCutover(order, source, target, context));
                leftovers.addAll(TaskEnd.carryOut(order, target, context));
                return leftovers;
            } catch (FencedException e) {
                requireNewest(e);
                LOG.infof("The task is in other hands: task=%s", order.taskId());
                // Another instance carries out the same order: what it leaves, if it dies, is for this one.
                if (context.pause(FENCED_PAUSE)) {
                    throw fenced(e);
                }
            }
        }
    }

    /** With an order that is outdated nothing is left to be tried. Whoever has the newer one reports. */
    private static void requireNewest(FencedException e) {
        if (e.outdated()) {
            throw fenced(e);
        }
    }

    private static SluiceException fenced(FencedException e) {
        return new SluiceException(ErrorCode.TASK_FENCED, String.valueOf(e.getMessage()), e);
    }

    /** A target that is away is the business of what comes next. */
    private static List<Fact.Leftover> undoCutover(
            TaskOrder order, Connections source, Connections target, RunContext context) {
        try (DatabaseSession session = DatabaseSession.open(target, context, List.of(DatabaseSession.LOCK_TIMEOUT))) {
            return AbandonedCutover.undo(order, source, session, context);
        } catch (SluiceException e) {
            LOG.debugf(e, "Notes of cutovers not read: task=%s", order.taskId());
            return List.of();
        }
    }

    @Override
    public void carryOut(Errand errand, RunContext context) {
        try (Errands errands = new Errands(context)) {
            switch (errand) {
                case Errand.Comparison comparison -> errands.compare(comparison);
                case Errand.Cutover cutover -> errands.cutOver(cutover);
                case Errand.Repair repair -> errands.repair(repair);
                case Errand.Snapshot snapshot -> {
                    // Capture's.
                }
            }
        } catch (FencedException e) {
            // Whoever has the task carries it out.
            LOG.infof("The task is in other hands: task=%s", context.order().taskId());
        } catch (RuntimeException | Error e) {
            if (context.stopping()) {
                // Whoever takes the task over goes on.
                return;
            }
            LOG.errorf(e, "An errand failed: task=%s errand=%s", context.order().taskId(), errand.id());
            Errands.failed(errand, context, e);
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
