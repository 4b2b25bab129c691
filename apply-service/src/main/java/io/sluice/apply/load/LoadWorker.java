package io.sluice.apply.load;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.position.LoadNotes.CopiedPiece;
import io.sluice.apply.position.LoadNotes.CopiedTable;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.TableObject;
import io.sluice.apply.write.ClashingRows;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.SnapshotFence;
import io.sluice.transform.RowTransform;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does the work of a round, on two sessions of its own. For one thread. */
final class LoadWorker {

    private final Loading loading;
    private final SourceSnapshot snapshot;
    private final ColumnWatch columns;
    private final LoadSessions sessions;
    private final CopyPipe pipe;

    LoadWorker(Loading loading, SourceSnapshot snapshot, ColumnWatch columns, LoadSessions sessions, HeldSlot slot) {
        this.loading = loading;
        this.snapshot = snapshot;
        this.columns = columns;
        this.sessions = sessions;
        this.pipe = new CopyPipe(loading.pace(), slot);
    }

    /** What was read was rewritten at the source since the snapshot, or means something else by now. */
    static final class RewrittenException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        RewrittenException() {
            super("the table was changed at the source", null, false, false);
        }
    }

    /** @throws RewrittenException when the tables must begin again; nothing was committed */
    void run(Work work) {
        switch (work) {
            case Work.CopyPiece piece -> copyPiece(piece);
            case Work.CopyWhole whole -> copyWhole(whole);
            case Work.Settle settle -> settle(settle.table());
            case Work.Build build -> build(build);
            case Work.Finish finish -> finish(List.of(finish.table()));
        }
    }

    /** Whether that may be why the work has failed: what it reads at the source is not what was planned for. */
    boolean changed(Work work) {
        List<SourcePart> read = switch (work) {
            case Work.CopyPiece piece -> List.of(piece.part());
            case Work.CopyWhole whole ->
                whole.tables().stream()
                        .filter(table -> !table.isCopied())
                        .flatMap(LoadWorker::named)
                        .toList();
            case Work.Settle settle -> named(settle.table()).toList();
            case Work.Build ignored -> List.of();
            case Work.Finish ignored -> List.of();
        };
        return !read.isEmpty() && columns.changed(read);
    }

    private static Stream<SourcePart> named(TableCopy table) {
        return table.sources().stream().flatMap(source -> source.named().stream());
    }

    private void copyPiece(Work.CopyPiece piece) {
        TableCopy table = piece.table();
        TableName name = piece.source().name();
        loading.progress().state(name, TableState.LOADING);
        Counted counted = new Counted(table, name);
        try {
            write(
                    "copying " + piece.text(),
                    to -> read(from -> {
                        copy(from, to, table, piece.source(), piece.part(), piece.range(), counted);
                        requireUnchanged(List.of(piece.part()));
                        loading.notes()
                                .pieceCopied(
                                        to,
                                        new CopiedPiece(
                                                name,
                                                piece.part().oid(),
                                                piece.range().from(),
                                                piece.range().to(),
                                                counted.rows,
                                                counted.bytes));
                    }));
        } catch (RuntimeException e) {
            counted.takeBack();
            throw e;
        }
    }

    private void copyWhole(Work.CopyWhole whole) {
        List<Counted> counts = new ArrayList<>();
        try {
            write(
                    "copying " + whole.text(),
                    to -> read(from -> {
                        List<SourcePart> parts = new ArrayList<>();
                        List<CopiedTable> copied = new ArrayList<>();
                        for (TableCopy table : whole.tables()) {
                            for (SourceTable source : table.sources()) {
                                Counted counted = new Counted(table, source.name());
                                counts.add(counted);
                                for (SourcePart part : source.parts()) {
                                    copy(from, to, table, source, part, new PageRange(0, PageRange.END), counted);
                                }
                                parts.addAll(source.parts());
                                copied.add(new CopiedTable(source.name(), counted.rows, counted.bytes));
                            }
                        }
                        requireUnchanged(parts);
                        requireNoClash(to, whole.tables());
                        loading.notes().copied(to, copied, snapshot.fence());
                    }));
        } catch (RuntimeException e) {
            counts.forEach(Counted::takeBack);
            throw e;
        }
        whole.tables().forEach(TableCopy::copied);
        // Those that can be built side by side come first in the list of each table.
        List<TableObject> objects = whole.tables().stream()
                .flatMap(table -> loading.structure().afterTable(table.names().getFirst()).stream())
                .toList();
        Runnable built = written("adding keys and indexes to " + whole.text(), to -> {
            Runnable committed = loading.structure().build(to, objects);
            analyzeAndNote(to, whole.tables());
            return committed;
        });
        built.run();
        done(whole.tables());
    }

    private void copy(
            Connection from,
            Connection to,
            TableCopy table,
            SourceTable source,
            SourcePart part,
            PageRange range,
            Counted counted) {
        if (part.empty()) {
            // Counted after the snapshot was taken, and that the file is still the same is looked at afterwards.
            return;
        }
        CopySql sql = table.sql(source);
        counted.add(pipe.run(
                from,
                to,
                sql.read(part, range, table.continuedFrom()),
                sql.write(),
                transformed(source, part),
                "table " + source.name(),
                counted::passed));
    }

    private @Nullable TransformedCopy transformed(SourceTable source, SourcePart part) {
        RowTransform transform = source.transform();
        int workers = loading.context().order().spec().loadWorkers();
        return transform == null
                ? null
                : new TransformedCopy(
                        source,
                        part,
                        transform,
                        TransformedCopy.largestRow(Runtime.getRuntime().maxMemory(), workers));
    }

    /** The locks of COPY are held until the commit, so what is found here holds for all that was read. */
    private void requireUnchanged(List<SourcePart> parts) {
        if (columns.changed(parts)) {
            throw new RewrittenException();
        }
    }

    /** All rows are in, those of other sources of the table, too. */
    private void requireNoClash(Connection to, List<TableCopy> tables) throws SQLException {
        ClashingRows.requireNone(
                to, loading.dialect(), tables.stream().map(TableCopy::target).toList());
    }

    private void settle(TableCopy table) {
        SnapshotFence first = table.continuedFrom();
        if (first == null) {
            List<CopiedTable> copied = table.names().stream()
                    .map(name -> new CopiedTable(name, table.rows(name), table.bytes(name)))
                    .toList();
            write("noting table " + table.target(), to -> {
                requireNoClash(to, List.of(table));
                loading.notes().copied(to, copied, snapshot.fence());
            });
            return;
        }
        SourceTable source = table.sources().getFirst();
        Counted counted = new Counted(table, source.name());
        write(
                "bringing table " + source.name() + " to the newest snapshot",
                to -> read(from -> {
                    long rows = new Reconciliation(pipe, source, first, table.sql(source), loading.dialect())
                            .run(
                                    from,
                                    to,
                                    counted::passed,
                                    (keys, bytes) -> loading.meter().passed(0, bytes));
                    requireUnchanged(source.named());
                    if (rows < 0) {
                        throw new RewrittenException();
                    }
                    requireNoClash(to, List.of(table));
                    table.passed(source.name(), rows - table.rows(source.name()), 0);
                    loading.notes()
                            .copied(
                                    to,
                                    List.of(new CopiedTable(source.name(), rows, table.bytes(source.name()))),
                                    snapshot.fence());
                }));
    }

    private void build(Work.Build build) {
        build.table().names().forEach(name -> loading.progress().state(name, TableState.INDEXING));
        for (TableObject object : build.objects()) {
            Runnable built = written(
                    "building " + object.name() + " of table " + object.table(),
                    to -> loading.structure().build(to, List.of(object)));
            built.run();
        }
    }

    private void finish(List<TableCopy> tables) {
        write("analyzing tables", to -> analyzeAndNote(to, tables));
        done(tables);
    }

    private void analyzeAndNote(Connection to, List<TableCopy> tables) throws SQLException {
        try (Statement statement = to.createStatement()) {
            statement.execute("ANALYZE "
                    + tables.stream()
                            .map(TableCopy::target)
                            .map(Identifier::quote)
                            .collect(joining(", ")));
        }
        loading.notes()
                .done(
                        to,
                        tables.stream().flatMap(table -> table.names().stream()).toList());
    }

    private void done(List<TableCopy> tables) {
        for (TableCopy table : tables) {
            table.names().forEach(name -> loading.progress().done(name, table.rows(name), table.bytes(name)));
        }
        // Not before: an error that comes back with every try must end some day.
        loading.context().progressed();
    }

    private void write(String doing, DatabaseSession.Action action) {
        sessions.writer().transact(doing, to -> {
            loading.bookkeeping().share(to, loading.epoch());
            action.on(to);
        });
    }

    private <T> T written(String doing, DatabaseSession.Work<T> work) {
        return sessions.writer().inTransaction(doing, to -> {
            loading.bookkeeping().share(to, loading.epoch());
            return work.on(to);
        });
    }

    private void read(DatabaseSession.Action action) {
        sessions.reader().transact("reading", from -> {
            snapshot.join(from);
            action.on(from);
        });
    }

    /** What went over for one source; taken back when its transaction is. */
    private final class Counted {
        private final TableCopy table;
        private final TableName source;
        private long rows;
        private long bytes;
        private long shownRows;
        private long shownBytes;

        Counted(TableCopy table, TableName source) {
            this.table = table;
            this.source = source;
        }

        void passed(long moreRows, long moreBytes) {
            shownRows += moreRows;
            shownBytes += moreBytes;
            table.passed(source, moreRows, moreBytes);
            loading.meter().passed(moreRows, moreBytes);
        }

        void add(CopyPipe.Passed passed) {
            rows += passed.rows();
            bytes += passed.bytes();
        }

        void takeBack() {
            table.passed(source, -shownRows, -shownBytes);
        }
    }
}
