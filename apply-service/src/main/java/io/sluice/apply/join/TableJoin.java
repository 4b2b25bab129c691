package io.sluice.apply.join;

import io.sluice.apply.load.EmptiedTable;
import io.sluice.apply.load.FullLoad;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.Structure;
import io.sluice.apply.write.LockHolders;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to bring the tables that are apart into the stream: what they need on the target, their rows, the changes
 * since, the hand-over, and what needs all rows. Each step is noted where it has its effect, so an attempt may end anywhere
 * and another one goes on. One use per object.
 */
final class TableJoin {

    private final Surroundings with;
    private final TableTurns turns;
    private final JoinContext context;
    private final DatabaseSession reader;
    private final DatabaseSession target;
    private @Nullable SluiceException failure;

    TableJoin(Surroundings with, JoinContext context, DatabaseSession reader, DatabaseSession target) {
        this.with = with;
        this.turns = new TableTurns(with.order().taskId());
        this.context = context;
        this.reader = reader;
        this.target = target;
    }

    /**
     * Returns when every table is done, or the run must end.
     *
     * @throws SluiceException the first failure, after what could be done in spite of it
     */
    void run() {
        context.tryAgain();
        LockHolders.limitWaits(target);
        if (!new ReturningTables(with, context, target).bringBack()) {
            return;
        }
        List<TableTurn> apart = apart();
        Structure structure = null;
        if (!apart.isEmpty()) {
            Map<TableName, TableLoad> loads = loads();
            if (!apart.stream().allMatch(turn -> isDone(loads, turn.table()))) {
                SettledSource settled = new SettledSource(reader, with.order(), context);
                Set<TableName> toLoad = names(apart);
                toLoad.removeIf(table -> isDone(loads, table));
                if (!settled.await(what -> context.waiting(toLoad, what))) {
                    return;
                }
                List<TableTurn> published = published(apart, settled);
                if (!published.isEmpty()) {
                    empty(published, loads);
                    structure = structure(names(published));
                    Set<TableName> emptied = names(inStep(Step.LOAD));
                    emptied.retainAll(names(published));
                    load(structure, emptied);
                }
            }
            if (context.stopping() || !catchUp()) {
                return;
            }
        }
        complete(structure);
        if (failure != null && !context.stopping()) {
            throw failure;
        }
    }

    private List<TableTurn> apart() {
        return target.inTransaction("reading what is loaded", turns::read).values().stream()
                .filter(turn -> turn.step() == Step.EMPTY || turn.step() == Step.LOAD)
                .toList();
    }

    private List<TableTurn> inStep(Step step) {
        return target.inTransaction("reading what is loaded", turns::read).values().stream()
                .filter(turn -> turn.step() == step)
                .toList();
    }

    /** Those whose changes are streamed, and those of all that go into the same table of the target. */
    private List<TableTurn> published(List<TableTurn> apart, SettledSource settled) {
        Set<TableName> missing = settled.unpublished(names(apart));
        Set<TableName> unfit =
                missing.stream().map(table -> mapping(table).target()).collect(Collectors.toSet());
        List<TableTurn> left = apart.stream()
                .filter(turn -> unfit.contains(mapping(turn.table()).target()))
                .toList();
        if (!left.isEmpty()) {
            failed(
                    names(left),
                    new SluiceException(
                            ErrorCode.SCHEMA_CHANGED,
                            "Not published at the source, since they were made anew there, or others have taken their"
                                    + " names: " + missing + ". Remove them from the task, and add them again."));
        }
        return apart.stream().filter(turn -> !left.contains(turn)).toList();
    }

    private static Set<TableName> names(List<TableTurn> some) {
        Set<TableName> names = new TreeSet<>();
        some.forEach(turn -> names.add(turn.table()));
        return names;
    }

    private Structure structure(Set<TableName> fresh) {
        return new Structure(
                reader,
                target,
                with.dialect(),
                with.bookkeeping(),
                with.order(),
                with.definitions().apply(reader),
                fresh,
                context);
    }

    /** Of tables that are to be loaded once more, the rows go; each with the note that they are gone. */
    private void empty(List<TableTurn> apart, Map<TableName, TableLoad> loads) {
        Map<TableName, List<TableName>> byTarget = new LinkedHashMap<>();
        for (TableTurn turn : apart) {
            if (turn.step() == Step.EMPTY) {
                byTarget.computeIfAbsent(mapping(turn.table()).target(), name -> new ArrayList<>())
                        .add(turn.table());
            }
        }
        byTarget.forEach((name, sources) -> {
            try {
                requireOwn(sources, loads);
                target.transact("emptying table " + name, connection -> {
                    with.bookkeeping().share(connection, with.epoch());
                    EmptiedTable.empty(connection, with.dialect(), name);
                    turns.emptied(connection, sources);
                });
            } catch (SluiceException e) {
                failed(sources, e);
            }
        });
    }

    private static void requireOwn(List<TableName> sources, Map<TableName, TableLoad> loads) {
        for (TableName source : sources) {
            TableLoad load = loads.get(source);
            if (load != null && load.kept()) {
                throw new SluiceException(
                        ErrorCode.TARGET_TABLE_EXISTS,
                        "The target's table had rows of its own before " + source + " was loaded into it, and they"
                                + " cannot be told from those of the source. Load it with a new task.");
            }
        }
    }

    private void failed(Iterable<TableName> tables, SluiceException cause) {
        List<TableName> names = new ArrayList<>();
        tables.forEach(names::add);
        context.failed(names, String.valueOf(cause.getMessage()));
        // One that another try may help counts before one that a user has to mend.
        if (failure == null || failure.code().retry() == ErrorCode.Retry.NEVER) {
            failure = cause;
        }
    }

    /** What failed of some tables does not keep the others. */
    private void load(Structure structure, Set<TableName> tables) {
        if (tables.isEmpty()) {
            return;
        }
        try {
            SortedMap<TableName, SluiceException> refused = structure.create(target, with.epoch());
            refused.keySet().retainAll(tables);
            new FullLoad(
                            with.source(),
                            with.target(),
                            with.dialect(),
                            with.bookkeeping(),
                            structure,
                            context,
                            with.slots(),
                            with.metrics(),
                            with.epoch())
                    .run(
                            tables.stream()
                                    .filter(table -> !refused.containsKey(table))
                                    .map(structure::definition)
                                    .toList(),
                            loads(),
                            refused);
        } catch (SluiceException e) {
            Map<TableName, TableLoad> loads = loads();
            failed(tables.stream().filter(table -> !isDone(loads, table)).toList(), e);
        }
    }

    private static boolean isDone(Map<TableName, TableLoad> loads, TableName table) {
        TableLoad load = loads.get(table);
        return load != null && load.done();
    }

    /** Returns false when the run must end before. */
    private boolean catchUp() {
        Map<TableName, TableLoad> loads = loads();
        List<TableTurn> loaded = inStep(Step.LOAD).stream()
                .filter(turn -> isDone(loads, turn.table()))
                .toList();
        if (loaded.isEmpty()) {
            return true;
        }
        Set<TableName> tables = names(loaded);
        try {
            boolean joined = new BesideTheStream(with, context, target).catchUp(loaded, loads);
            if (joined) {
                context.done(tables);
            }
            return joined;
        } catch (SluiceException e) {
            throw e.code() == ErrorCode.CHANGES_EXPIRED ? expired(tables, e) : e;
        }
    }

    private static SluiceException expired(Set<TableName> tables, SluiceException cause) {
        return new SluiceException(
                ErrorCode.CHANGES_EXPIRED,
                "Changes that came while the tables were loaded have left the change topic by its retention: " + tables
                        + ". Raise sluice.capture.topic.retention, or the speed of the load, and reload the tables.",
                cause);
    }

    /** What the stream carries gets what needs all rows. */
    private void complete(@Nullable Structure known) {
        Set<TableName> joined = names(inStep(Step.JOINED));
        if (joined.isEmpty()) {
            return;
        }
        Structure structure = known == null ? structure(joined) : known;
        structure.copySequenceValues(reader, target, with.epoch());
        structure.completeBeside(target, with.epoch());
        target.transact("noting that tables are complete", connection -> {
            with.bookkeeping().share(connection, with.epoch());
            turns.done(connection, joined);
        });
    }

    private Map<TableName, TableLoad> loads() {
        return target.inTransaction("reading the bookkeeping", with.bookkeeping()::tableLoads);
    }

    private TableMapping mapping(TableName table) {
        return TableMapping.of(with.order().spec(), table);
    }
}
