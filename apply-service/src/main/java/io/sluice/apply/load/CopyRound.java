package io.sluice.apply.load;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Copies tables under one snapshot, the biggest first. One use per object. */
final class CopyRound {

    private static final Duration PROGRESS_EVERY = Duration.ofMillis(250);

    private final Connections source;
    private final Connections target;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final Structure structure;
    private final RunContext context;
    private final LoadProgress progress;
    private final LongConsumer rowsCopied;
    private final long epoch;

    private final Queue<Piece> pieces = new ConcurrentLinkedQueue<>();
    private final Map<TableName, TableCopy> copies = new HashMap<>();
    private final Queue<TableDefinition> rewritten = new ConcurrentLinkedQueue<>();
    private final Set<DatabaseSession> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    CopyRound(
            Connections source,
            Connections target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Structure structure,
            RunContext context,
            LoadProgress progress,
            LongConsumer rowsCopied,
            long epoch) {
        this.source = source;
        this.target = target;
        this.dialect = dialect;
        this.bookkeeping = bookkeeping;
        this.structure = structure;
        this.context = context;
        this.progress = progress;
        this.rowsCopied = rowsCopied;
        this.epoch = epoch;
    }

    /**
     * Returns when the others are complete, or the run must end.
     *
     * @return tables that were rewritten at the source meanwhile, which are not complete
     * @throws SluiceException the first error of any worker; the others are stopped
     */
    List<TableDefinition> run(List<TableDefinition> tables, int workers) {
        try (DatabaseSession holder = DatabaseSession.open(source, context, List.of());
                DatabaseSession keeper = DatabaseSession.open(target, context, List.of())) {
            boolean sameVersion = majorVersion(holder) == majorVersion(keeper);
            boolean ranges = majorVersion(holder) >= 14;
            Storage storage = holder.inTransaction(
                    "asking where the tables are stored", connection -> Storage.read(connection, tables));
            SourceSnapshot snapshot = take(holder);
            List<TableDefinition> seen = unchanged(holder, tables);
            begin(keeper, seen, snapshot);
            seen.sort(Comparator.comparingLong(TableDefinition::bytes).reversed());
            for (TableDefinition table : seen) {
                List<Piece> own = Piece.of(table, ranges && workers > 1);
                copies.put(table.name(), new TableCopy(table, own.size(), sameVersion));
                pieces.addAll(own);
            }
            work(snapshot, storage, Math.min(workers, pieces.size()));
        }
        return List.copyOf(rewritten);
    }

    private static SourceSnapshot take(DatabaseSession holder) {
        try {
            return SourceSnapshot.take(holder);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "taking a snapshot of the source");
        }
    }

    /** The tables as the snapshot sees them: of the size they have now, and with the columns that the target was given. */
    private static List<TableDefinition> unchanged(DatabaseSession holder, List<TableDefinition> tables) {
        Map<TableName, TableDefinition> now = new Catalog(holder.connection())
                .findTables(tables.stream().map(TableDefinition::name).toList());
        List<TableDefinition> same = new ArrayList<>();
        for (TableDefinition table : tables) {
            TableDefinition found = now.get(table.name());
            if (found == null || !found.columns().equals(table.columns())) {
                throw new SluiceException(
                        ErrorCode.SCHEMA_CHANGED,
                        "Table " + table.name()
                                + " was changed at the source while its load began. Stop the task, drop the"
                                + " table on the target, and load again with a new task.");
            }
            same.add(found);
        }
        return same;
    }

    /** Empties what an earlier attempt left, and stores the fence before the first row is there. */
    private void begin(DatabaseSession keeper, List<TableDefinition> tables, SourceSnapshot snapshot) {
        keeper.transact("preparing tables", connection -> {
            bookkeeping.share(connection, epoch);
            try (Statement statement = connection.createStatement()) {
                for (TableDefinition table : tables) {
                    statement.execute(dialect.truncate(table.name()));
                }
            }
            bookkeeping.copyBegins(
                    connection, tables.stream().map(TableDefinition::name).toList(), snapshot.fence());
        });
    }

    private void work(SourceSnapshot snapshot, Storage storage, int workers) {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("load-", 1).factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                running.add(threads.submit(() -> worker(snapshot, storage)));
            }
            while (running.stream().anyMatch(worker -> !worker.isDone()) && !context.stopping()) {
                context.pause(PROGRESS_EVERY);
                sendProgress();
            }
        }
        sendProgress();
        Throwable first = failure.get();
        if (first == null || context.stopping()) {
            return;
        }
        if (first instanceof RuntimeException cause) {
            throw cause;
        }
        throw new SluiceException(ErrorCode.INTERNAL, "a load worker failed", first);
    }

    private void sendProgress() {
        copies.values().forEach(progress::copied);
        progress.send();
    }

    private void worker(SourceSnapshot snapshot, Storage storage) {
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of());
                DatabaseSession writer = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            sessions.add(reader);
            sessions.add(writer);
            Piece piece = pieces.poll();
            while (piece != null && failure.get() == null && !context.stopping()) {
                copyPiece(reader, writer, piece, snapshot, storage);
                piece = pieces.poll();
            }
            sessions.remove(reader);
            sessions.remove(writer);
        } catch (RuntimeException | Error e) {
            if (failure.compareAndSet(null, e)) {
                // What the others copy is void by now; a big piece would take them long.
                sessions.forEach(DatabaseSession::cut);
            }
        }
    }

    private void copyPiece(
            DatabaseSession reader, DatabaseSession writer, Piece piece, SourceSnapshot snapshot, Storage storage) {
        TableDefinition table = piece.table();
        TableName name = table.name();
        TableCopy copy = copies.get(name);
        progress.state(name, TableState.LOADING);
        if (!copy.wasRewritten()) {
            writer.transact("copying table " + name, to -> {
                bookkeeping.share(to, epoch);
                copyRows(reader, to, copy, piece, snapshot, storage);
            });
        }
        if (!copy.pieceDone()) {
            return;
        }
        if (copy.wasRewritten()) {
            rewritten.add(table);
            return;
        }
        progress.state(name, TableState.INDEXING);
        writer.transact("adding keys and indexes to table " + name, to -> {
            bookkeeping.share(to, epoch);
            structure.finish(to, name);
            bookkeeping.tableDone(to, name, copy.rows(), copy.bytes());
        });
        writer.transact("analyzing table " + name, to -> analyze(to, name));
        rowsCopied.accept(copy.rows());
        // Not before: what is copied of a table counts for nothing when the table must begin again.
        context.progressed();
        progress.state(name, TableState.DONE);
    }

    private static void copyRows(
            DatabaseSession reader,
            Connection to,
            TableCopy copy,
            Piece piece,
            SourceSnapshot snapshot,
            Storage storage) {
        reader.transact("copying table " + piece.table().name(), from -> {
            snapshot.join(from);
            copy.copy(from, to, piece);
            // The lock of COPY is held until the commit, so what is found here holds for all that was read.
            if (!storage.holds(from, piece.table())) {
                copy.rewritten();
            }
        });
    }

    private static void analyze(Connection target, TableName table) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute("ANALYZE " + Identifier.quote(table));
        }
    }

    private static int majorVersion(DatabaseSession session) {
        try {
            return session.connection().getMetaData().getDatabaseMajorVersion();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking for the server's version");
        }
    }
}
