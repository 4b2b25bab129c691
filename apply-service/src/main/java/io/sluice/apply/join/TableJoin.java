package io.sluice.apply.join;

import io.sluice.apply.change.TableFailure;
import io.sluice.apply.consume.BeginAgainException;
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
    private final KeptOut keptOut;
    private final DatabaseSession reader;
    private final DatabaseSession target;
    private @Nullable SluiceException failure;

    TableJoin(Surroundings with, JoinContext context, KeptOut keptOut, DatabaseSession reader, DatabaseSession target) {
        this.with = with;
        this.turns = new TableTurns(with.order().taskId());
        this.context = context;
        this.keptOut = keptOut;
        this.reader = reader;
        this.target = target;
    }

    /**
     * Ends when every table is done, or has failed, or the run must end.
     *
     * @return the first failure of some of the tables, which is shown at them; null when there was none
     * @throws SluiceException what keeps all of those that are not done
     */
    @Nullable
    SluiceException run() {
        context.tryAgain();
        keptOut.causes().forEach((table, cause) -> failed(Set.of(table), cause));
        LockHolders.limitWaits(target);
        if (!new ReturningTables(with, context, target).bringBack()) {
            return null;
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
                    return null;
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
                return null;
            }
        }
        complete(structure);
        return failure;
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

    /**
     * Brings those into the stream that can be; one that cannot goes into it with none of the others. Returns false when the
     * run must end before.
     */
    private boolean catchUp() {
        while (true) {
            Map<TableName, TableLoad> loads = loads();
            List<TableTurn> loaded = inStep(Step.LOAD).stream()
                    .filter(turn -> isDone(loads, turn.table()))
                    .filter(turn -> !keptOut.causes().containsKey(turn.table()))
                    .toList();
            if (loaded.isEmpty()) {
                return true;
            }
            try {
                if (!new BesideTheStream(with, context, target).catchUp(loaded, loads)) {
                    return false;
                }
                context.done(names(loaded));
            } catch (SluiceException e) {
                if (context.stopping() || !keepOut(loaded, e)) {
                    throw e;
                }
                // Where the stream waits for the catch-up already, it has read on: it begins again, and this with it.
                if (with.handover().withdraw(new BeginAgainException())) {
                    return false;
                }
            }
        }
    }

    /** Returns false when what has failed is not the matter of some of the tables. */
    private boolean keepOut(List<TableTurn> loaded, SluiceException cause) {
        // A part of a transaction of the others, too, which are read again from what is stored.
        target.end();
        Set<TableName> tables = switch (cause) {
            case TableFailure failed -> with.named(failed, names(loaded));
            case SluiceException e when e.code() == ErrorCode.CHANGES_EXPIRED -> first(loaded);
            default -> Set.of();
        };
        if (tables.isEmpty()) {
            return false;
        }
        SluiceException shown = cause.code() == ErrorCode.CHANGES_EXPIRED ? expired(tables, cause) : cause;
        keptOut.add(tables, shown);
        failed(tables, shown);
        return true;
    }

    /** Those whose changes begin before those of all others; what is left of the topic may be enough for the others. */
    private Set<TableName> first(List<TableTurn> loaded) {
        Map<TableName, Long> now = TableTurns.offsets(inStep(Step.LOAD));
        now.keySet().retainAll(names(loaded));
        long first = now.values().stream().mapToLong(Long::longValue).min().orElse(0);
        now.values().removeIf(offset -> offset > first);
        return now.keySet();
    }

    private static SluiceException expired(Set<TableName> tables, SluiceException cause) {
        return new SluiceException(
                ErrorCode.CHANGES_EXPIRED,
                "Changes that came while the tables were loaded have left the change topic by its retention: "
                        + new TreeSet<>(tables)
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
