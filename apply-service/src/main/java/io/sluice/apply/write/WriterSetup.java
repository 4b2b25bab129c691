package io.sluice.apply.write;

import io.sluice.apply.batch.LaneLayout;
import io.sluice.apply.change.KeyForm;
import io.sluice.apply.change.MappedTable;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.change.TransformedTable;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.UntouchedColumns;
import io.sluice.apply.write.RowFilter.FilterColumn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import io.sluice.transform.RowTransform;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds out what a writer must know of a task's tables before its first change, and makes it. */
public final class WriterSetup {

    private final String taskId;
    private final TargetDialect dialect;
    private final List<TableMapping> mappings;
    private final ChangeChoice choice;
    private final Function<Set<TableName>, Map<TableName, TableDefinition>> source;

    /** Tables of the source whose table on the target is filled by others of the task, too, whoever carries these. */
    private final Set<TableName> shared;

    /**
     * @param mappings of the task's tables
     * @param source reads definitions of tables at the source; asked only where a transform looks at them, or a filter
     *     speaks of other columns than the target has
     */
    public WriterSetup(
            String taskId,
            TargetDialect dialect,
            Collection<TableMapping> mappings,
            ChangeChoice choice,
            Function<Set<TableName>, Map<TableName, TableDefinition>> source) {
        this(taskId, dialect, List.copyOf(mappings), choice, source, shared(mappings));
    }

    private WriterSetup(
            String taskId,
            TargetDialect dialect,
            List<TableMapping> mappings,
            ChangeChoice choice,
            Function<Set<TableName>, Map<TableName, TableDefinition>> source,
            Set<TableName> shared) {
        this.taskId = taskId;
        this.dialect = dialect;
        this.mappings = mappings;
        this.choice = choice;
        this.source = source;
        this.shared = shared;
    }

    /** The same for all tables but these. */
    public WriterSetup without(Set<TableName> tables) {
        return tables.isEmpty() ? this : where(mapping -> !tables.contains(mapping.source()));
    }

    /** The same for these tables alone. */
    public WriterSetup only(Set<TableName> tables) {
        return where(mapping -> tables.contains(mapping.source()));
    }

    private WriterSetup where(Predicate<TableMapping> chosen) {
        return new WriterSetup(taskId, dialect, mappings.stream().filter(chosen).toList(), choice, source, shared);
    }

    /** A writer for the tables as they are now, in the transaction that the connection has open. */
    public TargetWriter writer(Connection target, Exceptions exceptions) throws SQLException {
        TargetTables tables = tables(target);
        Map<TableName, MappedTable> mapped = mapped();
        Map<TableName, TableDefinition> atSource = atSource();
        ChangeRouter router = new ChangeRouter(
                target, tables, mapped, filters(target, tables, atSource), transformed(atSource), shared);
        tellApart(exceptions, tables, mapped);
        return new TargetWriter(target, dialect, tables, router, conflict(), exceptions);
    }

    /** From here on exceptions tell rows of the tables apart as the target does. */
    public void tellApart(Connection target, Exceptions exceptions) throws SQLException {
        tellApart(exceptions, tables(target), mapped());
    }

    private static void tellApart(Exceptions exceptions, TargetTables tables, Map<TableName, MappedTable> mapped) {
        exceptions.tellApart((table, column) -> {
            MappedTable known = mapped.get(table);
            return known == null
                    ? KeyForm.TEXT
                    : tables.form(known.mapping().target(), known.mapping().targetColumn(column));
        });
    }

    private TargetTables tables(Connection target) throws SQLException {
        return TargetTables.read(
                target,
                mappings.stream().map(TableMapping::target).distinct().toList(),
                new UntouchedColumns(taskId).read(target));
    }

    private Map<TableName, MappedTable> mapped() {
        return mappings.stream().collect(Collectors.toMap(TableMapping::source, MappedTable::new));
    }

    /**
     * How the changes of the tables can be spread over lanes, as the tables are now.
     *
     * @param lanes how many, at least 2
     */
    public LaneLayout layout(Connection target, int lanes) throws SQLException {
        return new LaneLayout(lanes, SpreadTables.find(target, mappings, shared));
    }

    /** Where inserts are left out, an update does not make a row either. */
    private Conflict conflict() {
        boolean inserts = choice.operations().contains(ChangeChoice.Operation.INSERT);
        return choice.conflict() == Conflict.OVERWRITE && !inserts ? Conflict.IGNORE : choice.conflict();
    }

    private Map<TableName, TableDefinition> atSource() {
        Set<TableName> readAtSource = mappings.stream()
                .filter(mapping -> mapping.transform() != null || mapping.filter() != null && !mapping.sameColumns())
                .map(TableMapping::source)
                .collect(Collectors.toSet());
        return readAtSource.isEmpty() ? Map.of() : source.apply(readAtSource);
    }

    private Map<TableName, TransformedTable> transformed(Map<TableName, TableDefinition> atSource) {
        Map<TableName, TransformedTable> transformed = new HashMap<>();
        for (TableMapping mapping : mappings) {
            RowTransform transform = RowTransform.of(mapping);
            if (transform != null) {
                TableDefinition table = atSource.get(mapping.source());
                if (table == null) {
                    throw TableFailure.ofSource(
                            mapping.source(),
                            ErrorCode.SCHEMA_CHANGED,
                            "Table " + mapping.source() + " is not at the source any more, so that the types which its"
                                    + " transform looks at are not known. Restore it there, or stop the task.");
                }
                transformed.put(mapping.source(), new TransformedTable(mapping, transform, table));
            }
        }
        return transformed;
    }

    private Map<TableName, RowFilter> filters(
            Connection target, TargetTables tables, Map<TableName, TableDefinition> atSource) throws SQLException {
        Map<TableName, RowFilter> filters = new HashMap<>();
        for (TableMapping mapping : mappings) {
            String condition = mapping.filter();
            if (condition != null) {
                TableDefinition known = atSource.get(mapping.source());
                List<FilterColumn> columns =
                        columns(Objects.requireNonNullElseGet(known, () -> tables.definition(mapping.target())));
                filters.put(mapping.source(), RowFilter.of(target, mapping, condition, columns));
            }
        }
        return filters;
    }

    private static List<FilterColumn> columns(TableDefinition table) {
        return table.columns().stream()
                .map(column -> new FilterColumn(column.name(), column.castType(), column.collation()))
                .toList();
    }

    private static Set<TableName> shared(Collection<TableMapping> mappings) {
        Map<TableName, Long> sources =
                mappings.stream().collect(Collectors.groupingBy(TableMapping::target, Collectors.counting()));
        return mappings.stream()
                .filter(mapping -> sources.getOrDefault(mapping.target(), 0L) > 1)
                .map(TableMapping::source)
                .collect(Collectors.toSet());
    }
}
