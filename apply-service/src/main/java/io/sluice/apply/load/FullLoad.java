package io.sluice.apply.load;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.TableLoad;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * Copies every table that is not complete yet, under one snapshot of the source, by several workers. A table whose copy
 * was interrupted begins again, empty and under the new snapshot; complete ones are left alone. One use per object.
 */
public final class FullLoad {

    private final Connections source;
    private final Connections target;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final Structure structure;
    private final RunContext context;
    private final LoadProgress progress;
    private final LongConsumer rowsCopied;
    private final ConcurrentLinkedQueue<Piece> pieces = new ConcurrentLinkedQueue<>();
    private final Map<TableName, TableCopy> copies = new HashMap<>();
    private final AtomicBoolean failed = new AtomicBoolean();

    public FullLoad(
            Connections source,
            Connections target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Structure structure,
            RunContext context,
            LongConsumer rowsCopied) {
        this.source = source;
        this.target = target;
        this.dialect = dialect;
        this.bookkeeping = bookkeeping;
        this.structure = structure;
        this.context = context;
        this.progress = new LoadProgress(context);
        this.rowsCopied = rowsCopied;
    }

    /**
     * Returns when every table is complete, or the run must end.
     *
     * @throws SluiceException the first error of any worker; the others are stopped
     */
    public void run(Collection<TableDefinition> tables, Map<TableName, TableLoad> loads, long epoch, int workers) {
        List<TableDefinition> waiting = new ArrayList<>();
        for (TableDefinition table : tables) {
            TableLoad load = loads.get(table.name());
            if (load != null && load.done()) {
                progress.done(table, load.rows(), load.bytes());
            } else {
                waiting.add(table);
                progress.waiting(table);
            }
        }
        if (waiting.isEmpty()) {
            progress.send();
            return;
        }
        try (DatabaseSession holder = DatabaseSession.open(source, context, List.of());
                DatabaseSession keeper = DatabaseSession.open(target, context, List.of())) {
            boolean sameVersion = majorVersion(holder) == majorVersion(keeper);
            boolean ranges = majorVersion(holder) >= 14;
            SourceSnapshot snapshot = take(holder);
            List<TableDefinition> seen = unchanged(holder, waiting);
            begin(keeper, waiting, snapshot, epoch);
            seen.sort(Comparator.comparingLong(TableDefinition::bytes).reversed());
            for (TableDefinition table : seen) {
                List<Piece> own = Piece.of(table, ranges);
                copies.put(table.name(), new TableCopy(table, own.size(), sameVersion));
                pieces.addAll(own);
            }
            work(snapshot, epoch, Math.min(workers, pieces.size()));
        }
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
    private void begin(DatabaseSession keeper, List<TableDefinition> tables, SourceSnapshot snapshot, long epoch) {
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

    private void work(SourceSnapshot snapshot, long epoch, int workers) {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("load-", 1).factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                running.add(threads.submit(() -> worker(snapshot, epoch)));
            }
            while (running.stream().anyMatch(worker -> !worker.isDone()) && !context.stopping()) {
                context.pause(java.time.Duration.ofMillis(250));
                sendProgress();
            }
            sendProgress();
            for (Future<?> worker : running) {
                await(worker);
            }
        }
    }

    private void await(Future<?> worker) {
        try {
            worker.get();
        } catch (ExecutionException e) {
            if (context.stopping()) {
                return;
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new SluiceException(ErrorCode.INTERNAL, "a load worker failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendProgress() {
        copies.values().forEach(progress::copied);
        progress.send();
    }

    private void worker(SourceSnapshot snapshot, long epoch) {
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of());
                DatabaseSession writer = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            Piece piece = pieces.poll();
            while (piece != null && !failed.get() && !context.stopping()) {
                copyPiece(reader, writer, piece, snapshot, epoch);
                piece = pieces.poll();
            }
        } catch (RuntimeException | Error e) {
            failed.set(true);
            throw e;
        }
    }

    private void copyPiece(
            DatabaseSession reader, DatabaseSession writer, Piece piece, SourceSnapshot snapshot, long epoch) {
        TableName name = piece.table().name();
        TableCopy copy = copies.get(name);
        progress.state(name, TableState.LOADING);
        writer.transact("copying table " + name, to -> {
            bookkeeping.share(to, epoch);
            copyRows(reader, to, copy, piece, snapshot);
        });
        if (copy.pieceDone()) {
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
    }

    private static void copyRows(
            DatabaseSession reader, Connection to, TableCopy copy, Piece piece, SourceSnapshot snapshot) {
        reader.transact("copying table " + piece.table().name(), from -> {
            snapshot.join(from);
            copy.copy(from, to, piece);
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
