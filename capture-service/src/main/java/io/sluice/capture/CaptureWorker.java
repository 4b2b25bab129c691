package io.sluice.capture;

import io.sluice.capture.CaptureMetrics.TaskMeter;
import io.sluice.capture.publish.PublishLimits;
import io.sluice.capture.slot.Selection;
import io.sluice.capture.snapshot.SnapshotRun;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.placement.TaskWorker;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jboss.logging.Logger;

/** What capture does for an order: runs while the task runs or pauses, and cleans up when it ends. */
@ApplicationScoped
class CaptureWorker implements TaskWorker {

    private static final Logger LOG = Logger.getLogger(CaptureWorker.class);

    /** After another producer took over: time enough for placement to tell whether the task is still ours. */
    private static final Duration AFTER_FENCING = Duration.ofSeconds(5);

    private final CaptureSettings settings;
    private final CaptureMetrics metrics;

    /** Runs that have captured: from then on what they keep at the source and on Kafka is never made again. */
    private final Set<RunContext> captured =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    @Inject
    CaptureWorker(
            CaptureConfig config,
            CaptureMetrics metrics,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.settings = new CaptureSettings(
                KafkaAccess.of(kafka),
                config.topicRetention(),
                config.heartbeatInterval(),
                new PublishLimits(
                        config.transaction().records(),
                        config.transaction().bytes(),
                        config.transaction().age(),
                        config.transaction().idle()));
        this.metrics = metrics;
    }

    @Override
    public TaskReport.Service service() {
        return TaskReport.Service.CAPTURE;
    }

    @Override
    public boolean runsIn(Phase phase) {
        return switch (phase) {
            case RUN, PAUSE -> true;
            case STOP, DELETE, IDLE -> false;
        };
    }

    @Override
    public void run(TaskOrder order, RunContext context) {
        if (!order.spec().mode().streams()) {
            return;
        }
        Endpoint source = order.spec().source();
        try (TaskMeter meter = metrics.open(order.taskId())) {
            CaptureRun run = new CaptureRun(
                    order.taskId(),
                    source,
                    Credentials.of(source, context::open),
                    new Selection(order.selection(), order.tables(), order.renames(), order.loads()),
                    order.spec().changes().operations().contains(ChangeChoice.Operation.DDL),
                    order.spec().changeLimits().from(),
                    settings,
                    meter,
                    Clock.systemUTC());
            try {
                while (!context.stopping()
                        && run.run(context, order.begun() || captured.contains(context) || run.hasCaptured())
                                == CaptureRun.Outcome.FENCED) {
                    context.pause(AFTER_FENCING);
                }
            } finally {
                if (run.hasCaptured()) {
                    captured.add(context);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SluiceException(ErrorCode.INTERNAL, "capture was interrupted", e);
        }
    }

    @Override
    public void carryOut(Errand errand, RunContext context) {
        if (!(errand instanceof Errand.Snapshot snapshot)) {
            return;
        }
        Endpoint source = context.order().spec().source();
        try {
            new SnapshotRun(
                            snapshot,
                            source,
                            Credentials.of(source, context::open),
                            settings.kafka(),
                            settings.topicRetention(),
                            context,
                            Clock.systemUTC())
                    .run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            if (!context.stopping()) {
                LOG.errorf(e, "A snapshot failed: task=%s", context.order().taskId());
                context.report(new Fact.SnapshotProgress(
                        snapshot.number(),
                        null,
                        0,
                        0,
                        true,
                        ErrorCode.INTERNAL,
                        "An unexpected error: " + e.getClass().getSimpleName() + "; see the log of capture-service."));
            }
        }
    }

    @Override
    public List<Fact.Leftover> end(TaskOrder order, RunContext context) {
        if (!order.spec().mode().streams()) {
            return List.of();
        }
        Endpoint source = order.spec().source();
        CaptureCleaner cleaner = new CaptureCleaner(
                order.taskId(),
                source,
                Credentials.of(source, context::open),
                settings.kafka(),
                order.spec().changes().operations().contains(Operation.DDL));
        try {
            List<Fact.Leftover> leftovers = new ArrayList<>(cleaner.cleanSource());
            if (order.phase() == Phase.DELETE) {
                leftovers.addAll(cleaner.cleanTopic());
            }
            return leftovers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SluiceException(ErrorCode.INTERNAL, "the clean-up was interrupted", e);
        }
    }
}
