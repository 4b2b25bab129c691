package io.sluice.apply;

import io.sluice.apply.change.AlteredTables;
import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.change.LockedTable;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.consume.BeginAgainException;
import io.sluice.apply.consume.ChangeTopic;
import io.sluice.apply.consume.Handover;
import io.sluice.apply.consume.IncrementalApply;
import io.sluice.apply.consume.LaneSessions;
import io.sluice.apply.consume.RenamedTables;
import io.sluice.apply.consume.SuspendedTables;
import io.sluice.apply.ddl.DdlApply;
import io.sluice.apply.ddl.TableRenaming;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.exception.Suspension;
import io.sluice.apply.exception.SuspensionDesk;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.join.Joins;
import io.sluice.apply.join.KeptOut;
import io.sluice.apply.join.Surroundings;
import io.sluice.apply.load.LoadSlots;
import io.sluice.apply.load.PartitionWatch;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.PostponedKeys;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of a run that applies changes, from where the target stands. Where the set of tables that the stream carries
 * changes, it begins again from what is stored.
 */
final class ChangeRun {

    private final TaskOrder order;
    private final Connections source;
    private final Connections target;
    private final KafkaAccess kafka;
    private final RunContext context;
    private final ApplyMetrics metrics;
    private final LoadSlots slots;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final BiFunction<DatabaseSession, Standing, SortedMap<TableName, TableTurn>> turns;
    private final Function<DatabaseSession, Map<TableName, TableDefinition>> definitions;
    private final Function<Set<TableName>, Map<TableName, TableDefinition>> atSource;
    private final KeptOut keptOut = new KeptOut();
    private final NamesOfOrder names;

    /**
     * @param turns brings the notes of tables that are apart in step with the order
     * @param definitions reads the order's tables at the source
     * @param atSource reads some of them there
     */
    ChangeRun(
            TaskOrder order,
            Connections source,
            Connections target,
            KafkaAccess kafka,
            RunContext context,
            ApplyMetrics metrics,
            LoadSlots slots,
            BiFunction<DatabaseSession, Standing, SortedMap<TableName, TableTurn>> turns,
            Function<DatabaseSession, Map<TableName, TableDefinition>> definitions,
            Function<Set<TableName>, Map<TableName, TableDefinition>> atSource) {
        this.order = order;
        this.source = source;
        this.target = target;
        this.kafka = kafka;
        this.context = context;
        this.metrics = metrics;
        this.slots = slots;
        this.dialect = TargetDialect.of(order.spec().dialect());
        this.bookkeeping = new Bookkeeping(order);
        this.names = new NamesOfOrder(order, context);
        this.turns = turns;
        this.definitions = definitions;
        this.atSource = atSource;
    }

    /** Tables that go wrong meanwhile are set aside, and those that are mended come back. */
    void run(DatabaseSession main, Standing claim) {
        TableErrors errors = new TableErrors(order, bookkeeping, claim, context);
        SuspensionDesk desk = new SuspensionDesk(order.taskId());
        boolean alone = false;
        while (names.awaitNewest(main)) {
            Standing standing = main.inTransaction("reading where the stream is", connection -> {
                bookkeeping.share(connection, claim.epoch());
                Standing now = Standing.read(connection, order.taskId(), claim.epoch());
                boolean unused = desk.attend(connection, now.appliedLsn());
                return now;
            });
            try {
                applyFrom(main, standing, alone);
                return;
            } catch (BeginAgainException e) {
                main.end();
                alone = e.alone();
            } catch (TableFailure e) {
                errors.settle(main, e);
            } catch (AlteredTables e) {
                errors.settle(main, e);
            } catch (LockedTable e) {
                if (!context.givesUp(e.code())) {
                    throw e;
                }
                errors.settle(main, e);
            }
            if (context.stopping()) {
                return;
            }
        }
    }

    /** @param alone nothing is loaded beside the stream */
    private void applyFrom(DatabaseSession main, Standing standing, boolean alone) {
        SortedMap<TableName, TableTurn> taken = turns.apply(main, standing);
        Set<TableName> apart = ApplyRun.apart(taken);
        Map<TableName, SnapshotFence> fences = new HashMap<>();
        Map<TableName, TableLoad> loads = main.inTransaction("reading the bookkeeping", bookkeeping::tableLoads);
        loads.forEach((table, load) -> {
            if (load.fence() != null && !apart.contains(table)) {
                fences.put(table, load.fence());
            }
        });
        Exceptions exceptions = main.inTransaction(
                "reading the exceptions", connection -> Exceptions.read(connection, order.taskId(), apart));
        WriterSetup setup = new WriterSetup(
                order.taskId(),
                dialect,
                TableMapping.all(order.spec(), order.tables()).values(),
                order.spec().changes(),
                atSource);
        Handover handover = new Handover(apart, standing.topicOffset());
        boolean followsCommands = order.spec().changes().operations().contains(Operation.DDL);
        SuspendedTables suspended = new SuspendedTables(order.taskId(), setup, main);
        List<Suspension> suspensions = main.inTransaction(
                "reading what is suspended", connection -> new SuspensionTable(order.taskId()).open(connection));
        try (ChangeTopic topic = new ChangeTopic(kafka, order.taskId());
                PartitionWatch partitions =
                        new PartitionWatch(source, target, bookkeeping, order.taskId(), followsCommands, context);
                PostponedKeys keys = new PostponedKeys(
                        order,
                        source,
                        target,
                        dialect.sessionSetup(),
                        bookkeeping,
                        standing.epoch(),
                        lastOf(fences.values()),
                        apart,
                        context);
                Joins joins = joins(standing, setup, handover)) {
            partitions.begin();
            keys.begin();
            context.report(new Fact.StepReached(Step.APPLYING));
            if (!alone) {
                joins.begin(
                        taken.values(),
                        loads,
                        suspensions.stream()
                                .filter(one -> isSuspended(taken.get(one.table())))
                                .toList());
            }
            ChosenChanges chosen =
                    new ChosenChanges(order.tables(), order.spec().changes().operations());
            new IncrementalApply(
                            topic,
                            forChanges(main),
                            setup,
                            exceptions,
                            bookkeeping,
                            standing,
                            chosen,
                            fences,
                            followsCommands ? new DdlApply(order) : null,
                            new RenamedTables(chosen, followsCommands ? new TableRenaming(order) : null, alone),
                            handover,
                            suspended,
                            new LaneSessions(
                                    order.spec().changes().lanes(),
                                    () -> forChanges(DatabaseSession.open(target, context, dialect.sessionSetup()))),
                            partitions::next,
                            context,
                            metrics,
                            Clock.systemUTC())
                    .run();
        }
    }

    /** What was committed after it is in none of the copies. */
    private static Lsn lastOf(Collection<SnapshotFence> fences) {
        return fences.stream().map(SnapshotFence::until).max(Lsn::compareTo).orElse(Lsn.ZERO);
    }

    private static boolean isSuspended(@Nullable TableTurn turn) {
        return turn != null && turn.step() == TableTurn.Step.SUSPENDED;
    }

    private DatabaseSession forChanges(DatabaseSession session) {
        session.setUp(dialect.commitSetup());
        return session;
    }

    private Joins joins(Standing standing, WriterSetup setup, Handover handover) {
        Surroundings with = new Surroundings(
                order,
                source,
                target,
                kafka,
                dialect,
                bookkeeping,
                standing.epoch(),
                setup,
                definitions,
                handover,
                slots,
                metrics);
        return new Joins(with, context, keptOut);
    }
}
