package io.sluice.apply.compare;

import io.sluice.apply.compare.ComparisonNotes.Kept;
import io.sluice.apply.position.TableTurns;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Compares the rows of a task's tables, several at a time. Each table ends by itself: one that cannot be compared says
 * why, and the others go on. What is done is kept on the target, so another run goes on where this one ended.
 */
public final class ComparisonRun {

    private static final Logger LOG = Logger.getLogger(ComparisonRun.class);

    private final Errand.Comparison errand;
    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private final Progress progress;
    private final Notebook notes;
    private final Patience patience;
    private final Queue<List<TableMapping>> waiting = new ConcurrentLinkedQueue<>();
    /** What this run has read, for the next attempt after a lost connection. */
    private final Map<TableName, ScanState> scans = new ConcurrentHashMap<>();

    private Map<TableName, Kept> kept = Map.of();

    /**
     * @param target whose sessions no claim of the task ends
     * @param shown takes what has changed, at most 200 tables at a time
     */
    public ComparisonRun(
            Errand.Comparison errand,
            Connections source,
            Connections target,
            RunContext context,
            Consumer<List<TableComparison>> shown) {
        this.errand = errand;
        this.source = source;
        this.target = target;
        this.context = context;
        this.progress = new Progress(shown);
        this.patience = new Patience(taskId(), context);
        this.notes = new Notebook(new ComparisonNotes(taskId(), errand.number()), target, context);
    }

    /** Forgets the comparisons whose numbers are negative, which no user has asked for. */
    public static void forgetLooks(Connection target, String taskId) throws SQLException {
        ComparisonNotes.forgetLooks(target, taskId);
    }

    private String taskId() {
        return context.order().taskId();
    }

    /**
     * Returns the result of each table; those that had not ended when the run had to are not among them.
     *
     * @throws SluiceException when nothing could be compared
     */
    public List<TableComparison> run() {
        try (notes) {
            kept = patience.retry(notes::open);
            Map<TableName, List<TableMapping>> tables = TableGroups.of(context.order(), errand.tables());
            tables.forEach((name, mappings) -> {
                Kept known = kept.get(name);
                if (known != null && known.result().state().ended()) {
                    progress.now(known.result());
                } else {
                    progress.now(TableComparison.waiting(name, TableGroups.sources(mappings)));
                    waiting.add(mappings);
                }
            });
            RowHash hash = waiting.isEmpty() ? RowHash.TEXT : patience.retry(this::agree);
            List<Thread> workers = IntStream.range(0, Math.min(errand.workers(), waiting.size()))
                    .mapToObj(i -> Thread.ofPlatform()
                            .name("compare-" + errand.number() + "-" + i + "-" + taskId())
                            .start(() -> work(hash)))
                    .toList();
            progress.showUntilEnd(workers);
            return progress.ended();
        }
    }

    private RowHash agree() {
        try (Sessions sessions = new Sessions(source, target, context)) {
            TargetDialect dialect = TargetDialect.of(context.order().spec().dialect());
            return dialect.hashesRows() ? RowHash.agreed(sessions.sourceScan(), sessions.targetScan()) : RowHash.MD5;
        }
    }

    private void work(RowHash hash) {
        try (Sessions sessions = new Sessions(source, target, context)) {
            for (List<TableMapping> table = waiting.poll(); table != null; table = waiting.poll()) {
                if (context.stopping()) {
                    return;
                }
                compare(table, hash, sessions);
            }
        }
    }

    private void compare(List<TableMapping> mappings, RowHash hash, Sessions sessions) {
        TableName name = mappings.getFirst().target();
        TableComparison result;
        try {
            result = patience.retry(() -> {
                try {
                    return attempt(mappings, hash, sessions);
                } catch (SluiceException e) {
                    // One side may have been cut because of the other.
                    sessions.close();
                    if (e.code() == ErrorCode.DATABASE_ERROR && !context.stopping()) {
                        requireThere(mappings, sessions);
                    }
                    throw e;
                }
            });
        } catch (SluiceException e) {
            LOG.warnf("A table could not be compared: task=%s table=%s cause=%s", taskId(), name, e.getMessage());
            result = progress.of(name).failed(e.code(), String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "A table could not be compared: task=%s table=%s", taskId(), name);
            result = progress.of(name)
                    .failed(
                            ErrorCode.INTERNAL,
                            "An unexpected error: " + e.getClass().getSimpleName() + "; see the log.");
        }
        if (context.stopping()) {
            return;
        }
        keepEnd(result);
        scans.remove(name);
        progress.now(result);
    }

    private void keepEnd(TableComparison result) {
        try {
            notes.keep(new Kept(result, null));
        } catch (SluiceException e) {
            // It is reported all the same; only a restart would compare the table again.
            LOG.warnf("The end of a comparison is not noted: table=%s cause=%s", result.table(), e.getMessage());
        }
    }

    private TableComparison attempt(List<TableMapping> mappings, RowHash hash, Sessions sessions) {
        requireInStep(mappings, sessions);
        ComparedTable table = TableGroups.read(mappings, sessions.sourceScan(), sessions.targetScan());
        Kept known = kept.get(table.name());
        ScanState read = scans.get(table.name());
        return new TableComparer(taskId(), errand, table, hash, sessions, new Keeper(), context)
                .run(read == null && known != null ? known.scan() : read);
    }

    /** A table that was dropped or changed meanwhile is named as such. */
    private static void requireThere(List<TableMapping> mappings, Sessions sessions) {
        ComparedTable unused = TableGroups.read(mappings, sessions.sourceScan(), sessions.targetScan());
    }

    /** A table that is loaded beside the stream, or suspended, is not where the position of the others is. */
    private void requireInStep(List<TableMapping> mappings, Sessions sessions) {
        List<TableName> sources = TableGroups.sources(mappings);
        sessions.targetScan()
                .transact("asking what is in step", target -> new TableTurns(taskId()).requireInStep(target, sources));
    }

    /** Keeps notes, and shows what is kept. */
    private final class Keeper implements TableComparer.NoteKeeper {

        @Override
        public void keep(Kept note) {
            if (note.scan() != null) {
                scans.put(note.result().table(), note.scan());
            }
            progress.now(note.result());
            notes.keep(note);
        }

        @Override
        public void forgetRows(ComparedTable table) {
            notes.forgetRows(table);
        }

        @Override
        public void keepRows(ComparedTable table, int from, List<Difference> rows) {
            notes.keepRows(table, from, rows);
        }
    }
}
