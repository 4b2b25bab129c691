package io.sluice.apply;

import io.sluice.apply.consume.ChangeTopic;
import io.sluice.apply.consume.IncrementalApply;
import io.sluice.apply.load.FullLoad;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of one task, from wherever it stands on its target: structure, load, changes. Each step finds in the
 * bookkeeping what was done before, so a run may end anywhere and another one goes on.
 */
final class ApplyRun {

    private static final Duration ASK_CAPTURE_EVERY = Duration.ofMillis(500);

    private final TaskOrder order;
    private final Connections source;
    private final Connections target;
    private final KafkaAccess kafka;
    private final RunContext context;
    private final Claimant claimant;
    private final ApplyMetrics metrics;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;

    ApplyRun(
            TaskOrder order,
            Connections source,
            Connections target,
            KafkaAccess kafka,
            RunContext context,
            Claimant claimant,
            ApplyMetrics metrics) {
        this.order = order;
        this.source = source;
        this.target = target;
        this.kafka = kafka;
        this.context = context;
        this.claimant = claimant;
        this.metrics = metrics;
        this.dialect = TargetDialect.of(order.spec().dialect());
        this.bookkeeping = new Bookkeeping(order.taskId());
    }

    void run() {
        try (DatabaseSession main = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            if (!findBookkeeping(main)) {
                return;
            }
            Standing standing = claim(main);
            if (standing.stage() == Standing.Stage.LOADING) {
                if (!load(main, standing)) {
                    return;
                }
            }
            if (!order.spec().mode().streams()) {
                context.report(new Fact.StepReached(Step.LOADED));
                return;
            }
            applyChanges(main, standing);
        }
    }

    /** Finds or makes it. Returns false when the run must end before. */
    private boolean findBookkeeping(DatabaseSession main) {
        boolean kept = main.inTransaction("looking for the bookkeeping", bookkeeping::isKept);
        if (kept) {
            return true;
        }
        if (order.begun() || claimant.known()) {
            throw Bookkeeping.lost();
        }
        // Nothing is made before capture has begun: a run that comes too late, after the deletion, finds no topic.
        if (order.spec().mode().streams() && !awaitCapture()) {
            return false;
        }
        main.transact("preparing the bookkeeping", Bookkeeping::ensure);
        return true;
    }

    private Standing claim(DatabaseSession main) {
        if (claimant.again()) {
            main.transact("looking at the claim", connection -> bookkeeping.requireHeld(connection, claimant.name()));
        }
        main.transact("ending sessions of an earlier run", bookkeeping::endOtherSessions);
        Standing standing = main.inTransaction(
                "claiming the task", connection -> bookkeeping.claim(connection, claimant.name(), claimant.again()));
        claimant.hasClaimed();
        return standing;
    }

    /** Returns false when the run must end before everything is loaded. */
    private boolean load(DatabaseSession main, Standing standing) {
        if (order.spec().mode().streams() && !awaitCapture()) {
            return false;
        }
        context.report(new Fact.StepReached(Step.STRUCTURE));
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of())) {
            Map<TableName, TableDefinition> tables = definitions(reader);
            Structure structure = new Structure(reader, dialect, bookkeeping, tables.values());
            structure.create(main, standing.epoch(), loads(main).keySet());
            context.report(new Fact.StepReached(Step.LOADING));
            new FullLoad(source, target, dialect, bookkeeping, structure, context, metrics::loaded)
                    .run(
                            tables.values(),
                            loads(main),
                            standing.epoch(),
                            order.spec().loadWorkers());
            if (context.stopping()) {
                return false;
            }
            structure.copySequenceValues(reader, main, bookkeeping, standing.epoch());
        }
        main.transact("noting the end of the load", connection -> bookkeeping.loaded(connection, standing.epoch()));
        return true;
    }

    /** The snapshot may only be taken once the source keeps every later change: capture says so in the topic. */
    private boolean awaitCapture() {
        try (ChangeTopic topic = new ChangeTopic(kafka, order.taskId())) {
            while (!topic.begun()) {
                if (context.pause(ASK_CAPTURE_EVERY)) {
                    return false;
                }
            }
            return true;
        }
    }

    private Map<TableName, TableDefinition> definitions(DatabaseSession reader) {
        Map<TableName, TableDefinition> found = reader.inTransaction(
                "reading table definitions", connection -> new Catalog(connection).findTables(order.tables()));
        List<String> gone = order.tables().stream()
                .filter(table -> !found.containsKey(table))
                .map(TableName::toString)
                .toList();
        if (!gone.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Tables are not at the source any more: " + String.join(", ", gone)
                            + ". Restore them, or stop the task and create one without them.");
        }
        return found;
    }

    private Map<TableName, TableLoad> loads(DatabaseSession main) {
        return main.inTransaction("reading the bookkeeping", bookkeeping::tableLoads);
    }

    private void applyChanges(DatabaseSession main, Standing standing) {
        Map<TableName, SnapshotFence> fences = new HashMap<>();
        loads(main).forEach((table, load) -> {
            if (load.fence() != null) {
                fences.put(table, load.fence());
            }
        });
        try (ChangeTopic topic = new ChangeTopic(kafka, order.taskId())) {
            context.report(new Fact.StepReached(Step.APPLYING));
            new IncrementalApply(
                            topic,
                            main,
                            dialect,
                            bookkeeping,
                            standing,
                            order.tables(),
                            fences,
                            context,
                            metrics,
                            Clock.systemUTC())
                    .run();
        }
    }
}
