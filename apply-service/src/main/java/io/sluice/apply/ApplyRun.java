package io.sluice.apply;

import io.sluice.apply.consume.ChangeTopic;
import io.sluice.apply.load.FullLoad;
import io.sluice.apply.load.LoadSlots;
import io.sluice.apply.load.OlderTransactions;
import io.sluice.apply.load.PartitionWatch;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LoadNotes;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.position.TopicNote;
import io.sluice.apply.position.UntouchedColumns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.LockedRelations;
import io.sluice.apply.structure.Structure;
import io.sluice.apply.structure.StructureEnd;
import io.sluice.apply.write.LockHolders;
import io.sluice.apply.write.TargetTables;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * One run of one task, from wherever it stands on its target: structure, load, changes. Each step finds in the
 * bookkeeping what was done before, so a run may end anywhere and another one goes on.
 */
final class ApplyRun {

    private static final Logger LOG = Logger.getLogger(ApplyRun.class);

    private static final Duration ASK_CAPTURE_EVERY = Duration.ofMillis(500);

    private final TaskOrder order;
    private final Connections source;
    private final Connections target;
    private final KafkaAccess kafka;
    private final RunContext context;
    private final Claimant claimant;
    private final ApplyMetrics metrics;
    private final LoadSlots slots;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;

    ApplyRun(
            TaskOrder order,
            Connections source,
            Connections target,
            KafkaAccess kafka,
            RunContext context,
            Claimant claimant,
            ApplyMetrics metrics,
            LoadSlots slots) {
        this.order = order;
        this.source = source;
        this.target = target;
        this.kafka = kafka;
        this.context = context;
        this.claimant = claimant;
        this.metrics = metrics;
        this.slots = slots;
        this.dialect = TargetDialect.of(order.spec().dialect());
        this.bookkeeping = new Bookkeeping(order);
    }

    void run() {
        try (DatabaseSession main = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            if (!findBookkeeping(main)) {
                return;
            }
            Standing standing = claim(main);
            if (!new NamesOfOrder(order, context).awaitNewest(main)) {
                return;
            }
            if (standing.stage() == Standing.Stage.LOADING) {
                if (!(order.spec().mode().loads() ? load(main, standing) : adopt(main, standing))) {
                    return;
                }
            } else {
                // With a new slot there is a new topic, which is made by capture.
                if (order.spec().mode().streams() && standing.topicOffset() == 0 && !awaitCapture()) {
                    return;
                }
                takeUpStructure(main, standing, takeTurns(main, standing));
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
            main.transact("preparing the bookkeeping", bookkeeping::prepare);
            return true;
        }
        if (order.begun() || claimant.known()) {
            throw Bookkeeping.lost();
        }
        // Nothing is made before capture has begun: a run that comes too late, after the deletion, finds no topic.
        if (order.spec().mode().streams() && !awaitCapture()) {
            return false;
        }
        main.transact("preparing the bookkeeping", bookkeeping::prepare);
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

    /**
     * Takes the target's tables as they are: nothing is loaded, and every change counts from where capture began. Returns
     * false when the run must end before.
     */
    private boolean adopt(DatabaseSession main, Standing standing) {
        if (!awaitCapture()) {
            return false;
        }
        requireTopic(main, standing);
        Collection<TableMapping> mappings =
                TableMapping.all(order.spec(), order.tables()).values();
        List<TableName> targets =
                mappings.stream().map(TableMapping::target).distinct().toList();
        TargetTables there = main.inTransaction(
                "looking for the task's tables", connection -> TargetTables.read(connection, targets, Map.of()));
        there.requireAll(targets);
        Map<TableName, TableDefinition> sources = atSource(Set.copyOf(order.tables()));
        Map<TableName, String> partitioned = PartitionWatch.files(source, context, order.tables());
        main.transact("noting that changes may be applied", connection -> {
            bookkeeping.loaded(connection, standing.epoch());
            bookkeeping.tablesMade(connection, partitioned.keySet());
            new LoadNotes(order.taskId()).taken(connection, partitioned);
            // Of an earlier point it is not known which columns the source had then.
            if (order.spec().changeLimits().from() == null) {
                new UntouchedColumns(order.taskId())
                        .note(connection, UntouchedColumns.of(mappings, sources, there.definitions()));
            }
        });
        return true;
    }

    /** Returns false when the run must end before everything is loaded. */
    private boolean load(DatabaseSession main, Standing standing) {
        if (order.spec().mode().streams()) {
            if (!awaitCapture()) {
                return false;
            }
            requireTopic(main, standing);
        }
        context.report(new Fact.StepReached(Step.STRUCTURE));
        LockHolders.limitWaits(main);
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of(DatabaseSession.LOCK_TIMEOUT))) {
            LockedRelations locked = LockedRelations.await(reader, order, context);
            SortedMap<TableName, SluiceException> waiting = locked.of(order);
            Map<TableName, TableDefinition> tables = definitions(reader, waiting.keySet());
            Structure structure = new Structure(reader, main, dialect, bookkeeping, order, tables, locked, context);
            waiting.putAll(structure.create(main, standing.epoch()));
            context.report(new Fact.StepReached(Step.LOADING));
            // What was committed before the slot's first change, and is visible only later, would come by neither way.
            if (order.spec().mode().streams() && !new OlderTransactions(reader, context).awaitCommitting()) {
                return false;
            }
            new FullLoad(source, target, dialect, bookkeeping, structure, context, slots, metrics, standing.epoch())
                    .run(
                            tables.values().stream()
                                    .filter(table -> !waiting.containsKey(table.name()))
                                    .toList(),
                            loads(main),
                            waiting);
            if (context.stopping()) {
                return false;
            }
            FullLoad.requireAll(order.tables(), tables.keySet());
            locked.requireNone();
            structure.copySequenceValues(reader, main, standing.epoch());
            structure.complete(main, standing.epoch());
        }
        main.transact("noting the end of the load", connection -> bookkeeping.loaded(connection, standing.epoch()));
        return true;
    }

    /** Tables that the order has new, or wants loaded once more, are apart from here on; those that it has no more go. */
    private SortedMap<TableName, TableTurn> takeTurns(DatabaseSession main, Standing standing) {
        if (order.selection() > 0) {
            Set<TableName> gone = new HashSet<>(loads(main).keySet());
            order.tables().forEach(gone::remove);
            release(main, standing, gone);
        }
        return main.inTransaction("taking tables apart", connection -> {
            bookkeeping.share(connection, standing.epoch());
            return new TableTurns(order.taskId()).take(connection, order, standing.topicOffset());
        });
    }

    /** Nothing of ours writes to these any more, so what had to wait for that is made. */
    private void release(DatabaseSession main, Standing standing, Set<TableName> gone) {
        if (!gone.isEmpty()) {
            for (Fact.Leftover left : StructureEnd.carryOut(
                    main, order.taskId(), gone, connection -> bookkeeping.share(connection, standing.epoch()))) {
                LOG.warnf(
                        "Not made for a table that was removed from its task: task=%s what=%s reason=%s sql=%s",
                        order.taskId(), left.what(), left.reason(), left.sql());
            }
        }
    }

    static Set<TableName> apart(SortedMap<TableName, TableTurn> turns) {
        return turns.values().stream()
                .filter(turn -> turn.step().apart())
                .map(TableTurn::table)
                .collect(Collectors.toSet());
    }

    /** A newer order tries again what failed under an earlier one, but for tables that are loaded beside the stream. */
    private void takeUpStructure(DatabaseSession main, Standing standing, SortedMap<TableName, TableTurn> turns) {
        boolean failures = main.inTransaction(
                "reading the structure's log", connection -> Structure.hasFailures(connection, order));
        if (failures) {
            LockHolders.limitWaits(main);
            try (DatabaseSession reader =
                    DatabaseSession.open(source, context, List.of(DatabaseSession.LOCK_TIMEOUT))) {
                Set<TableName> streamed = new HashSet<>(order.tables());
                streamed.removeAll(apart(turns));
                new Structure(reader, main, dialect, bookkeeping, order, definitions(reader), streamed, context)
                        .retry(reader, main, standing.epoch());
            }
            return;
        }
        Fact.StructureProgress progress = main.inTransaction(
                "reading the structure's log", connection -> Structure.progress(connection, order.taskId()));
        if (progress != null) {
            context.report(progress);
        }
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

    /** From the first time on it is this topic. */
    private void requireTopic(DatabaseSession main, Standing standing) {
        String id = ChangeTopic.id(kafka, order.taskId());
        main.transact(
                "looking at the change topic",
                on -> new TopicNote(order.taskId(), bookkeeping).require(on, standing.epoch(), id));
    }

    /** Those of the task's tables that are at the source. */
    private Map<TableName, TableDefinition> definitions(DatabaseSession reader) {
        return definitions(reader, Set.of());
    }

    private Map<TableName, TableDefinition> definitions(DatabaseSession reader, Set<TableName> without) {
        List<TableName> tables = new ArrayList<>(order.tables());
        tables.removeAll(without);
        return reader.inTransaction(
                "reading table definitions", connection -> new Catalog(connection).findTables(tables));
    }

    private Map<TableName, TableLoad> loads(DatabaseSession main) {
        return main.inTransaction("reading the bookkeeping", bookkeeping::tableLoads);
    }

    private void applyChanges(DatabaseSession main, Standing standing) {
        requireTopic(main, standing);
        new ChangeRun(
                        order,
                        source,
                        target,
                        kafka,
                        context,
                        metrics,
                        slots,
                        this::takeTurns,
                        this::definitions,
                        this::atSource)
                .run(main, standing);
    }

    private Map<TableName, TableDefinition> atSource(Set<TableName> tables) {
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of())) {
            return reader.inTransaction(
                    "reading table definitions", connection -> new Catalog(connection).findTables(tables));
        }
    }
}
