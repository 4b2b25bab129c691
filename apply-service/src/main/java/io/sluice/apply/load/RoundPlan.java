package io.sluice.apply.load;

import io.sluice.apply.position.LoadNotes.Begin;
import io.sluice.apply.position.LoadNotes.CopiedPiece;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides at the start of a round what each table needs: its copy begins, goes on with the pieces that are missing, or
 * only keys and indexes are missing. What begins is emptied and noted. One use per object.
 */
final class RoundPlan {

    /** Up to this size a table is copied in one transaction, together with others. */
    private static final long SMALL = 4L << 20;

    private final Loading loading;
    private final DatabaseSession holder;
    private final DatabaseSession keeper;
    private final SourceSnapshot snapshot;
    private final SourceParts before;
    private final boolean pieces;
    private final Set<TableName> afresh;
    private final int sourceMajor;
    private final int targetMajor;

    private final Map<TableName, SluiceException> failures = new LinkedHashMap<>();
    private final List<TableDefinition> moved = new ArrayList<>();
    private final List<Begin> begins = new ArrayList<>();

    /**
     * @param holder of the snapshot, in its transaction
     * @param before where the tables were stored before the snapshot was taken
     * @param pieces false: whole tables only
     * @param afresh tables that cannot go on with what was copied of them
     */
    RoundPlan(
            Loading loading,
            DatabaseSession holder,
            DatabaseSession keeper,
            SourceSnapshot snapshot,
            SourceParts before,
            boolean pieces,
            Set<TableName> afresh) {
        this.loading = loading;
        this.holder = holder;
        this.keeper = keeper;
        this.snapshot = snapshot;
        this.before = before;
        this.pieces = pieces;
        this.afresh = afresh;
        this.sourceMajor = majorVersion(holder);
        this.targetMajor = majorVersion(keeper);
    }

    /** What this round does; the fence of what begins is stored before the first row is there. */
    WorkQueue make(List<TableDefinition> tables) {
        Map<TableName, TableDefinition> now = new Catalog(holder.connection())
                .findTables(tables.stream().map(TableDefinition::name).toList());
        SourceParts parts = parts(now);
        Map<TableName, List<TableDefinition>> byTarget = tables.stream()
                .collect(Collectors.groupingBy(
                        table -> loading.structure().mapping(table.name()).target(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        WorkQueue queue = new WorkQueue(
                table -> loading.structure().afterTable(table.names().getFirst()));
        keeper.transact("preparing tables", to -> {
            loading.bookkeeping().share(to, loading.epoch());
            Map<TableName, TableDefinition> targets = new Catalog(to).findTables(byTarget.keySet());
            Map<TableName, TableLoad> loads = loading.bookkeeping().tableLoads(to);
            Map<TableName, List<CopiedPiece>> copied = loading.notes().pieces(to);
            List<TableCopy> copies = new ArrayList<>();
            for (List<TableDefinition> group : byTarget.values()) {
                SluiceException unfit = unfit(group, now, targets);
                if (unfit != null) {
                    group.forEach(table -> failures.put(table.name(), unfit));
                    continue;
                }
                List<SourceTable> sources = sources(group, now, parts);
                SluiceException replaced =
                        loading.order().spec().mode().streams() ? SourceChange.replaced(sources, group, loads) : null;
                SluiceException refused = replaced == null ? labelsMissing(to, sources, targets) : replaced;
                if (refused != null) {
                    group.forEach(table -> failures.put(table.name(), refused));
                    continue;
                }
                if (sources.stream().allMatch(source -> copied(loads, source))) {
                    TableCopy rows = copy(sources, targets, false, null, List.of());
                    sources.forEach(source -> {
                        TableLoad load = Objects.requireNonNull(loads.get(source.name()));
                        rows.passed(source.name(), load.rows(), load.bytes());
                    });
                    queue.addCopied(rows);
                } else if (!sources.stream().allMatch(source -> before.had(source.parts()))) {
                    sources.forEach(source -> moved.add(source.definition()));
                } else {
                    add(copies, to, sources, targets, loads, copied);
                }
            }
            loading.notes().begin(to, begins, snapshot.fence());
            queue.addAll(copies);
        });
        return queue;
    }

    /** Tables that cannot be loaded as they are, and why. */
    Map<TableName, SluiceException> failures() {
        return failures;
    }

    /** Tables that were rewritten while the snapshot was taken, as they are now. */
    List<TableDefinition> movedTables() {
        return moved;
    }

    private SourceParts parts(Map<TableName, TableDefinition> tables) {
        try {
            return SourceParts.read(holder.connection(), tables.values());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source where the tables are stored");
        }
    }

    private static boolean copied(Map<TableName, TableLoad> loads, SourceTable source) {
        TableLoad load = loads.get(source.name());
        return load != null && load.copied();
    }

    private List<SourceTable> sources(
            List<TableDefinition> group, Map<TableName, TableDefinition> now, SourceParts parts) {
        List<SourceTable> sources = new ArrayList<>();
        for (TableDefinition table : group) {
            TableDefinition found = now.getOrDefault(table.name(), table);
            TableMapping mapping = loading.structure().mapping(table.name());
            sources.add(new SourceTable(found, mapping, parts.of(found), parts.root(found), RowTransform.of(mapping)));
        }
        return sources;
    }

    private @Nullable SluiceException unfit(
            List<TableDefinition> group, Map<TableName, TableDefinition> now, Map<TableName, TableDefinition> targets) {
        for (TableDefinition table : group) {
            TableMapping mapping = loading.structure().mapping(table.name());
            TableDefinition found = now.get(table.name());
            if (found == null || SourceChange.touches(table, found, mapping)) {
                return SourceChange.changed(table, found, mapping);
            }
            TableDefinition target = targets.get(mapping.target());
            if (target == null) {
                return new SluiceException(
                        ErrorCode.TARGET_OBJECT_MISSING,
                        "Table " + mapping.target() + " is not on the target, so the rows of " + table.name()
                                + " have no place to go to. Restore or create it, then resume the task.");
            }
            SluiceException refused = refused(mapping, found);
            if (refused != null) {
                return refused;
            }
            RowTransform transform = RowTransform.of(mapping);
            List<String> missing = Stream.concat(
                            found.writableColumns().stream()
                                    .map(ColumnDefinition::name)
                                    .filter(mapping::moves)
                                    .map(mapping::targetColumn),
                            transform == null ? Stream.of() : WrittenColumns.of(transform, found).added().stream())
                    .filter(column -> target.columns().stream()
                            .noneMatch(known -> known.name().equals(column)))
                    .toList();
            if (!missing.isEmpty()) {
                return new SluiceException(
                        ErrorCode.SCHEMA_CHANGED,
                        "Table " + mapping.target() + " on the target has no column " + String.join(", ", missing)
                                + ", which table " + table.name()
                                + " of the source or its transform has. Add it there, or leave it out.");
            }
            SluiceException differing = MadeColumns.differing(loading.structure(), found, target);
            if (differing != null) {
                return differing;
            }
        }
        return null;
    }

    private @Nullable SluiceException labelsMissing(
            Connection to, List<SourceTable> sources, Map<TableName, TableDefinition> targets) throws SQLException {
        for (SourceTable source : sources) {
            TableDefinition target = targets.get(source.mapping().target());
            if (target != null && !source.labels().isEmpty()) {
                List<EnumLabel> there =
                        EnumLabel.read(to, List.of(target.oid())).getOrDefault(target.oid(), List.of());
                SluiceException missing = EnumLabel.missing(loading.structure(), source.name(), source.labels(), there);
                if (missing != null) {
                    return missing;
                }
            }
        }
        return null;
    }

    private static @Nullable SluiceException refused(TableMapping mapping, TableDefinition table) {
        try {
            RowTransform transform = RowTransform.of(mapping);
            List<String> problems = transform == null ? List.of() : WrittenColumns.problems(transform, mapping, table);
            return problems.isEmpty()
                    ? null
                    : new SluiceException(
                            ErrorCode.TRANSFORM_REFUSED,
                            "The transform of table " + mapping.source() + " does not fit: "
                                    + String.join("; ", problems) + ". Reset the task to correct it.");
        } catch (SluiceException e) {
            return e;
        }
    }

    /** A table that somebody has locked, or that the target refuses to prepare, is left to its failure; the others go on. */
    private void add(
            List<TableCopy> copies,
            Connection to,
            List<SourceTable> sources,
            Map<TableName, TableDefinition> targets,
            Map<TableName, TableLoad> loads,
            Map<TableName, List<CopiedPiece>> copied)
            throws SQLException {
        try {
            copies.add(plan(to, sources, targets, loads, copied));
        } catch (RefusedException e) {
            SluiceException cause = PostgresErrors.explain(e.error, "preparing the table on the target");
            sources.forEach(source -> failures.put(source.name(), cause));
        }
    }

    /** A table of the target could not be prepared, and others may be. */
    private static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final SQLException error;

        RefusedException(SQLException error) {
            super(error);
            this.error = error;
        }
    }

    /** Something that is done to a table of the target. */
    @FunctionalInterface
    private interface Preparing<T extends @Nullable Object> {
        T run() throws SQLException;
    }

    /** The caller's transaction survives a lock that is not to be had, and what the target refuses. */
    private static <T extends @Nullable Object> T preparing(Connection to, Preparing<T> work)
            throws SQLException, RefusedException {
        Savepoint before = to.setSavepoint();
        try {
            T result = work.run();
            to.releaseSavepoint(before);
            return result;
        } catch (SQLException e) {
            boolean ofTheTable = switch (PostgresErrors.classify(e)) {
                case OBJECT_LOCKED, PRIVILEGE_MISSING, DATABASE_ERROR, ROW_REFUSED -> true;
                default -> false;
            };
            if (!ofTheTable) {
                throw e;
            }
            to.rollback(before);
            throw new RefusedException(e);
        }
    }

    private TableCopy plan(
            Connection to,
            List<SourceTable> sources,
            Map<TableName, TableDefinition> targets,
            Map<TableName, TableLoad> loads,
            Map<TableName, List<CopiedPiece>> copied)
            throws SQLException, RefusedException {
        boolean kept = kept(to, sources, loads);
        List<CopiedPiece> done = sources.stream()
                .flatMap(source -> copied.getOrDefault(source.name(), List.of()).stream())
                .toList();
        SourceTable first = sources.getFirst();
        TableLoad load = loads.get(first.name());
        // What a transform leaves out cannot be told from what is missing, so that nothing could be reconciled.
        boolean reconcilable = sources.size() == 1 && first.transform() == null;
        if (!done.isEmpty() && reconcilable && pieces && load != null && load.fence() != null) {
            if (first.files().equals(load.sourceFiles())
                    && first.shape().equals(load.sourceShape())
                    && !afresh.contains(first.name())) {
                return copy(sources, targets, false, load.fence(), done);
            }
        }
        if (!done.isEmpty()) {
            // What an earlier round left goes.
            preparing(to, () -> {
                EmptiedTable.empty(to, loading.dialect(), first.mapping().target());
                return null;
            });
        }
        sources.forEach(source ->
                begins.add(new Begin(source.name(), source.files(), source.shape(), source.numberedColumns(), kept)));
        boolean small = sources.stream().mapToLong(SourceTable::bytes).sum() <= SMALL;
        return copy(sources, targets, kept || small || !pieces, null, List.of());
    }

    private TableCopy copy(
            List<SourceTable> sources,
            Map<TableName, TableDefinition> targets,
            boolean whole,
            @Nullable SnapshotFence continuedFrom,
            List<CopiedPiece> done) {
        boolean binary = loading.dialect().binaryRows()
                && sources.stream()
                        .allMatch(source -> source.transform() == null
                                && BinaryForm.fits(
                                        source, targets.get(source.mapping().target()), sourceMajor, targetMajor));
        TableDefinition target = targets.get(sources.getFirst().mapping().target());
        boolean inherited = target != null && target.kind() == TableDefinition.Kind.INHERITED;
        TableCopy copy = new TableCopy(sources, binary, inherited, whole, continuedFrom, done);
        sources.forEach(source -> loading.progress().follow(source.name(), copy, source.bytes()));
        return copy;
    }

    /** Rows that were there before the task must stay; then the copy is one transaction, since it cannot begin again. */
    private boolean kept(Connection to, List<SourceTable> sources, Map<TableName, TableLoad> loads)
            throws SQLException, RefusedException {
        for (SourceTable source : sources) {
            TableLoad load = loads.get(source.name());
            if (load != null && load.fence() != null) {
                return load.kept();
            }
        }
        SourceTable first = sources.getFirst();
        return loading.structure().keepsRows(first.name())
                && hasRows(to, first.mapping().target());
    }

    private static boolean hasRows(Connection to, TableName table) throws SQLException, RefusedException {
        return preparing(to, () -> {
            try (Statement statement = to.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT EXISTS (SELECT 1 FROM " + Identifier.quote(table) + ")")) {
                row.next();
                return row.getBoolean(1);
            }
        });
    }

    private static int majorVersion(DatabaseSession session) {
        try {
            return session.connection().getMetaData().getDatabaseMajorVersion();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking for the server's version");
        }
    }
}
