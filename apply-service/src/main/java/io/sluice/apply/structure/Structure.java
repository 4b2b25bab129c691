package io.sluice.apply.structure;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.session.ReplicaRole;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.placement.RunContext;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a task makes on its target: before the first row, when a table's rows are in, when all are, and at the end. An
 * object that the target refuses does not stop the others: it is noted with its reason and tried again with the next
 * order. What was made before is found in the log and left alone, so a run may end anywhere.
 */
public final class Structure {

    private static final long REPORT_EVERY_NANOS = 1_000_000_000;

    private static final String WAS_THERE = "It was on the target already; Sluice adds nothing to it.";

    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final TaskOrder order;
    private final TaskSpec spec;
    private final RunContext context;
    private final SortedMap<TableName, TableDefinition> tables;
    private final SortedMap<TableName, TableMapping> mappings;
    private final Set<TableName> fresh;
    private final Set<TableName> noted;
    private final SharedTables sharing;
    private final StructurePlan plan;
    private final boolean createsTables;
    private final Map<String, PlannedObject> byId = new LinkedHashMap<>();
    private final Map<TableName, List<TableObject>> afterTable = new HashMap<>();
    private final SortedMap<TableName, SluiceException> refused = new TreeMap<>();
    private final StructureLog log;
    private final StructureStates states = new StructureStates();
    private final Installer installer;
    private final SequenceCopy sequences;
    private final AtomicLong reported = new AtomicLong();

    /**
     * Reads everything from the source at once, and from the target what the log says.
     *
     * @param locked what is made of these is left out
     */
    public Structure(
            DatabaseSession source,
            DatabaseSession target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            TaskOrder order,
            Map<TableName, TableDefinition> tables,
            LockedRelations locked,
            RunContext context) {
        this(source, target, dialect, bookkeeping, order, tables, tables.keySet(), locked, context);
    }

    /** @param fresh tables of the task of which nothing may be there yet; of the others nothing new is made */
    public Structure(
            DatabaseSession source,
            DatabaseSession target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            TaskOrder order,
            Map<TableName, TableDefinition> tables,
            Set<TableName> fresh,
            RunContext context) {
        this(source, target, dialect, bookkeeping, order, tables, fresh, LockedRelations.NONE, context);
    }

    private Structure(
            DatabaseSession source,
            DatabaseSession target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            TaskOrder order,
            Map<TableName, TableDefinition> tables,
            Set<TableName> fresh,
            LockedRelations locked,
            RunContext context) {
        this.fresh = Set.copyOf(fresh);
        this.dialect = dialect;
        this.bookkeeping = bookkeeping;
        this.order = order;
        this.spec = order.spec();
        this.context = context;
        this.tables = new TreeMap<>(tables);
        this.mappings = TableMapping.all(spec, tables.keySet());
        this.sharing = SharedTables.of(mappings.values());
        this.log = new StructureLog(order.taskId());
        this.installer = new Installer(log, states, bookkeeping, order.generation());
        boolean quiet = !spec.mode().streams() || target.inTransaction("asking for settings", ReplicaRole::isSet);
        this.plan = source.inTransaction(
                "reading the structure",
                connection -> SourceCatalog.read(connection, spec, this.tables, dialect, quiet, locked.oids()));
        this.sequences = new SequenceCopy(log, states, bookkeeping, plan.names(), order.generation());
        List<StructureChoice.Kind> kinds = spec.structure().kinds();
        this.createsTables =
                spec.structure().enabled() && (kinds == null || kinds.contains(StructureChoice.Kind.TABLE));
        states.putAll(target.inTransaction("reading the structure's log", log::read));
        this.noted = target.inTransaction("reading the bookkeeping", bookkeeping::tableLoads)
                .keySet();
        if (spec.structure().enabled()) {
            plan.objects().forEach(this::take);
        }
    }

    private void take(PlannedObject object) {
        TableName table = object.table();
        boolean known = table != null && sharing.has(table);
        TableName whole = table == null ? null : plan.root(table);
        boolean partition = whole != null && !whole.equals(table) && sharing.has(whole);
        TableName loaded = partition ? whole : table;
        if ((known || partition)
                && !fresh.contains(loaded)
                && (states.find(object.id()) == null || !noted.contains(loaded))) {
            // What the source's table has got since its load, commands of the stream have brought over, if anything.
            // A table that is not there yet is made by whoever loads it, who notes that it is the task's.
            return;
        }
        if (partition && wasThere(whole)) {
            byId.put(object.id(), object.skipped(WAS_THERE));
        } else if (known && !sharing.leads(table)) {
            byId.put(
                    object.id(),
                    object.skipped(table + " goes into the table that is made from " + sharing.leader(table) + "."));
        } else if (known && object.kind() != ObjectKind.TABLE && wasThere(table)) {
            byId.put(object.id(), object.skipped(WAS_THERE));
        } else {
            byId.put(object.id(), object);
        }
    }

    /** What becomes of a table of the task. */
    public TableMapping mapping(TableName sourceTable) {
        return Objects.requireNonNull(mappings.get(sourceTable));
    }

    /** A table of the task as the source's catalog had it when this object was made. */
    public TableDefinition definition(TableName sourceTable) {
        return Objects.requireNonNull(tables.get(sourceTable));
    }

    /** The tables of the source that go into the same table of the target, this one among them; sorted. */
    public List<TableName> sharing(TableName sourceTable) {
        return sharing.with(sourceTable);
    }

    /** The table had rows of its own before the task came, which must stay: the load must not empty it. */
    public boolean keepsRows(TableName sourceTable) {
        return wasThere(sharing.leader(sourceTable))
                && (!createsTables || spec.structure().existingTable() == ExistingTable.KEEP);
    }

    /** The task has made the table that the rows of this one go to, and with its columns. */
    public boolean shapes(TableName sourceTable) {
        return createsTables && sharing.leads(sourceTable) && !wasThere(sourceTable);
    }

    /** @param type of a column at the source; returns how the target calls it */
    public String targetType(String type) {
        return plan.names().text(type);
    }

    /** It was not made by this task. */
    private boolean wasThere(TableName table) {
        Entry entry = states.find(SourceObject.tableId(table));
        return entry != null && entry.state() == State.SKIPPED;
    }

    /**
     * What to build when the rows of a table are in. For a table that shares its target with others: when the rows of all
     * of them are; then it is the same list for each.
     */
    public List<TableObject> afterTable(TableName sourceTable) {
        return afterTable.getOrDefault(sharing.leader(sourceTable), List.of());
    }

    /**
     * Builds objects, in the transaction of the connection, which must hold the claim and commits it. An object that is
     * there already is left alone. May be called from several threads with a connection each.
     *
     * <p>What the target refuses is noted as failed, and the transaction can go on.
     *
     * @return to be run when the transaction is committed, and not otherwise: from then on they are known to be there
     * @throws SQLException when the connection is lost, or when another try could help (a lock, a full disk)
     */
    public Runnable build(Connection target, List<TableObject> objects) throws SQLException {
        List<Entry> built = installer.make(
                target,
                objects.stream()
                        .map(object -> Objects.requireNonNull(byId.get(object.id())))
                        .toList());
        return () -> built(built);
    }

    private void built(List<Entry> entries) {
        states.putAll(entries);
        long now = System.nanoTime();
        long before = reported.get();
        if (now - before > REPORT_EVERY_NANOS && reported.compareAndSet(before, now)) {
            report();
        }
    }

    /** Tells how far all of it is. */
    public void report() {
        context.report(states.progress());
    }

    /**
     * Makes what must be there before the first row: schemas, types, sequences, tables and what they need.
     *
     * @return tables that cannot be loaded, since the target has refused them, a partition of theirs or the table that they
     *     go into, each with {@code TARGET_OBJECT_FAILED}
     * @throws SluiceException {@code TARGET_TABLE_EXISTS} when tables are there that this task did not make; {@code
     *     TARGET_COLUMNS_DIFFER} when such tables are to be kept and the rows do not fit
     */
    public SortedMap<TableName, SluiceException> create(DatabaseSession target, long epoch) {
        states.putAll(target.inTransaction("preparing the structure's log", connection -> {
            bookkeeping.share(connection, epoch);
            List<Entry> planned = byId.values().stream()
                    .filter(object -> states.find(object.id()) == null)
                    .map(object -> Entry.planned(object, order.generation()))
                    .toList();
            log.write(connection, planned);
            return planned;
        }));
        Set<TableName> made = target.inTransaction("reading the bookkeeping", bookkeeping::tableLoads)
                .keySet();
        states.putAll(target.inTransaction("looking at tables that are there", connection -> {
            bookkeeping.share(connection, epoch);
            Set<TableName> known =
                    tables.keySet().stream().filter(this::wasThere).collect(Collectors.toSet());
            SortedMap<TableName, Entry> taken = new TakenTables(
                            order, dialect, tables, mappings, plan.names(), plan.types(), createsTables)
                    .take(connection, made, known);
            log.write(connection, taken.values());
            bookkeeping.tablesMade(connection, taken.keySet());
            return taken.values();
        }));
        List.copyOf(byId.values()).forEach(this::take);
        states.putAll(target.inTransaction("noting what is left out", connection -> {
            bookkeeping.share(connection, epoch);
            // Else what waits for the end would be made then, from the log.
            List<Entry> leftOut = byId.values().stream()
                    .filter(object -> object.verdict() != null && isPlanned(object))
                    .map(object -> Entry.planned(object, order.generation()))
                    .toList();
            log.write(connection, leftOut);
            return leftOut;
        }));
        report();
        installer.make(target, epoch, stage(Stage.BEFORE_DATA), tables.keySet());
        report();
        refused.putAll(RefusedTables.of(states.all(), byId, table -> sharing(filled(table))));
        target.transact("noting tables", connection -> {
            bookkeeping.share(connection, epoch);
            bookkeeping.tablesMade(
                    connection,
                    tables.keySet().stream()
                            .filter(table -> !refused.containsKey(table))
                            .toList());
        });
        for (PlannedObject object : stage(Stage.AFTER_TABLE)) {
            TableName table = object.table();
            if (table != null && object.verdict() == null) {
                afterTable
                        .computeIfAbsent(filled(table), name -> new ArrayList<>())
                        .add(new TableObject(object.id(), table, object.name(), object.alone()));
            }
        }
        afterTable.values().forEach(list -> list.sort((a, b) -> Boolean.compare(a.alone(), b.alone())));
        return new TreeMap<>(refused);
    }

    /** The table of the task with whose rows those of this table or partition are in. */
    private TableName filled(TableName table) {
        TableName whole = plan.root(table);
        return sharing.leader(sharing.has(whole) ? whole : table);
    }

    private List<PlannedObject> stage(Stage stage) {
        return byId.values().stream().filter(object -> object.stage() == stage).toList();
    }

    /** Makes what comes after all rows: views, foreign keys, triggers and the rest. */
    public void complete(DatabaseSession target, long epoch) {
        complete(target, epoch, false);
    }

    /** The same while the stream writes to the tables: it does not wait for as long as rows are looked at. */
    public void completeBeside(DatabaseSession target, long epoch) {
        complete(target, epoch, true);
    }

    private void complete(DatabaseSession target, long epoch, boolean beside) {
        List<PlannedObject> after = new ArrayList<>(stage(Stage.AFTER_TABLE));
        after.addAll(stage(Stage.AFTER_DATA));
        if (!spec.mode().streams()) {
            after.addAll(stage(Stage.END));
        }
        // When their table is there at last, they are to be made, and not to have failed already.
        after.removeIf(object -> object.table() != null && refused.containsKey(filled(object.table())));
        List<PlannedObject> tried = after.stream()
                .filter(object -> !isFailed(object) && !(beside && object.kind() == ObjectKind.FOREIGN_KEY))
                .toList();
        if (beside) {
            installer.makeBeside(target, epoch, after, plan.names());
        } else {
            installer.make(target, epoch, after, Set.of());
        }
        installer.makeFailed(target, epoch, tried);
        if (!beside && spec.mode().streams()) {
            installer.postpone(target, epoch, after);
        }
        installer.checkBodies(
                target,
                epoch,
                byId.values().stream()
                        .filter(object -> object.kind() == ObjectKind.FUNCTION || object.kind() == ObjectKind.PROCEDURE)
                        .toList());
        report();
    }

    private boolean isPlanned(PlannedObject object) {
        Entry entry = states.find(object.id());
        return entry != null && entry.state() == State.PLANNED;
    }

    private boolean isFailed(PlannedObject object) {
        Entry entry = states.find(object.id());
        return entry != null && entry.state() == State.FAILED;
    }

    /** Tries what failed under an earlier order. */
    public void retry(DatabaseSession source, DatabaseSession target, long epoch) {
        installer.make(target, epoch, stage(Stage.BEFORE_DATA), Set.of());
        sequences.copyFailed(source, target, epoch, plan.sequences());
        complete(target, epoch);
    }

    /** Whether something failed under an earlier order, so that this one is to try it again. */
    public static boolean hasFailures(Connection target, TaskOrder order) throws SQLException {
        return new StructureLog(order.taskId())
                .read(target).stream()
                        .anyMatch(entry -> entry.state() == State.FAILED && entry.generation() < order.generation());
    }

    /** How far the structure of a task is, from its log; null when none was planned. */
    public static Fact.@Nullable StructureProgress progress(Connection target, String taskId) throws SQLException {
        List<Entry> entries = new StructureLog(taskId).read(target);
        if (entries.isEmpty()) {
            return null;
        }
        StructureStates states = new StructureStates();
        states.putAll(entries);
        return states.progress();
    }

    /**
     * Sets the target's sequences to where the source's are now; none that was there goes back. What one of the servers
     * refuses is noted as failed.
     */
    public void copySequenceValues(DatabaseSession source, DatabaseSession target, long epoch) {
        sequences.copy(source, target, epoch, plan.sequences());
    }
}
