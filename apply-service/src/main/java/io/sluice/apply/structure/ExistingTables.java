package io.sluice.apply.structure;

import io.sluice.apply.position.UntouchedColumns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TypeFit;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Tables that are on the target before the task makes any: whether the rows of the source fit into them. */
final class ExistingTables {

    private static final int MOST_NAMES = 50;

    private ExistingTables() {}

    /** Those of the names that any relation of the target has. */
    static Set<TableName> find(Connection target, Collection<TableName> names) throws SQLException {
        Set<TableName> found = new HashSet<>();
        String sql = """
                SELECT n.nspname, c.relname FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                """;
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            TableArrays.set(statement, 1, names);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
        }
        return found;
    }

    private static Array texts(Connection target, Object[] values) throws SQLException {
        return target.createArrayOf("text", values);
    }

    static SluiceException notMade(Collection<TableName> tables) {
        return new SluiceException(
                ErrorCode.TARGET_TABLE_EXISTS,
                "On the target already and not made by this task: " + list(tables)
                        + ". Drop or rename them there, leave"
                        + " them out, or choose structure.existingTable KEEP or TRUNCATE.");
    }

    static SluiceException missing(Collection<TableName> tables) {
        return new SluiceException(
                ErrorCode.TARGET_OBJECT_MISSING,
                "The task creates no tables, and the target does not have: " + list(tables)
                        + ". Create them there, or let structure create tables.");
    }

    static String list(Collection<TableName> tables) {
        String some = tables.stream()
                .sorted()
                .limit(MOST_NAMES)
                .map(TableName::toString)
                .collect(Collectors.joining(", "));
        return tables.size() > MOST_NAMES ? some + " and " + (tables.size() - MOST_NAMES) + " more" : some;
    }

    /**
     * Requires that each column that is moved is there under its name and takes the source's type, unless a transform
     * writes it, that what a transform adds is there, that nothing else must be given, and that a unique key tells the rows apart as at the source.
     *
     * @param sources for each table of the target the tables that go into it
     * @throws SluiceException {@code TARGET_COLUMNS_DIFFER} that names every difference
     */
    static void requireFit(Connection target, Map<TableName, List<TableDefinition>> sources, Names names)
            throws SQLException {
        Map<TableName, TableDefinition> there = new Catalog(target).findTables(sources.keySet());
        List<String> differences = new ArrayList<>();
        for (Map.Entry<TableName, List<TableDefinition>> entry : sources.entrySet()) {
            TableDefinition table = there.get(entry.getKey());
            for (TableDefinition source : entry.getValue()) {
                if (table == null) {
                    differences.add(entry.getKey() + " is no table");
                } else {
                    compare(target, source, table, names, differences);
                }
            }
        }
        if (!differences.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_COLUMNS_DIFFER,
                    "The rows of the source do not fit into tables that are on the target: "
                            + differences.stream().limit(MOST_NAMES).collect(Collectors.joining("; "))
                            + ". Change them there, map or exclude columns, or drop them.");
        }
    }

    /**
     * Types that are on the target are left as they are, and can round and cut like a column. Nobody but their own
     * definition says so.
     *
     * @param sources tables whose rows are to be written
     * @param types of the source
     * @throws SluiceException {@code TARGET_COLUMNS_DIFFER} that names every difference
     */
    static void requireTypes(
            Connection target, Collection<TableDefinition> sources, Map<String, UserType> types, Names names)
            throws SQLException {
        Map<String, UserType> there = new HashMap<>();
        UserType.read(new Query(target, List.of())).forEach((name, type) -> there.put(Definitions.plain(name), type));
        Set<String> looked = new HashSet<>();
        List<String> differences = new ArrayList<>();
        for (TableDefinition source : sources) {
            TableMapping mapping = names.mapping(source.name());
            RowTransform transform = mapping == null ? null : RowTransform.of(mapping);
            Set<String> replaced = transform == null
                    ? Set.of()
                    : Set.copyOf(WrittenColumns.of(transform, source).replaced());
            for (ColumnDefinition column : source.writableColumns()) {
                Set<String> used = new TreeSet<>();
                if (names.moves(source.name(), column.name()) && !replaced.contains(column.name())) {
                    UserType.collect(column.castType(), types, used);
                }
                used.removeIf(type -> !looked.add(type));
                for (String type : used) {
                    UserType taker = there.get(Definitions.plain(names.text(type)));
                    UserType given = Objects.requireNonNull(types.get(type));
                    if (taker != null && !taker.holds(target, given, names)) {
                        differences.add(type + " is " + taker + " instead of " + given + " (column " + column.name()
                                + " of " + source.name() + " needs it)");
                    }
                }
            }
        }
        if (!differences.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_COLUMNS_DIFFER,
                    "The rows of the source do not fit into types that are on the target: "
                            + differences.stream().limit(MOST_NAMES).collect(Collectors.joining("; "))
                            + ". Change or drop them there, or exclude the columns.");
        }
    }

    /**
     * Changes bring every column of a table that the task writes, so tables that go into one must have the same ones.
     *
     * @throws SluiceException {@code TARGET_COLUMNS_DIFFER} that names every difference
     */
    static void requireSameColumns(
            Collection<TableMapping> mappings,
            Map<TableName, TableDefinition> sources,
            Map<TableName, TableDefinition> there,
            boolean streams) {
        Map<TableName, Set<String>> untouched = UntouchedColumns.of(mappings, sources, there);
        List<String> differences = new ArrayList<>();
        for (TableMapping mapping : mappings) {
            TableDefinition source = sources.get(mapping.source());
            TableDefinition table = there.get(mapping.target());
            if (source != null && table != null && streams) {
                Set<String> given = UntouchedColumns.given(mapping, source);
                table.writableColumns().stream()
                        .map(ColumnDefinition::name)
                        .filter(column -> !given.contains(column)
                                && !untouched.get(mapping.target()).contains(column))
                        .forEach(column -> differences.add(source.name() + " has no column " + column
                                + ", which others that go into " + table.name() + " have"));
            }
        }
        if (!differences.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_COLUMNS_DIFFER,
                    "Tables that go into one do not have the same columns: "
                            + differences.stream().limit(MOST_NAMES).collect(Collectors.joining("; "))
                            + ". Rename or exclude columns, or map them to tables of their own.");
        }
    }

    private static void compare(
            Connection target, TableDefinition source, TableDefinition table, Names names, List<String> differences)
            throws SQLException {
        if (table.unlogged()) {
            differences.add(table.name() + " is UNLOGGED, so that a crash would empty it while its rows are noted as"
                    + " written (SET LOGGED)");
        }
        Map<String, ColumnDefinition> columns = new HashMap<>();
        table.columns().forEach(column -> columns.put(column.name(), column));
        TableMapping mapping = names.mapping(source.name());
        RowTransform transform = mapping == null ? null : RowTransform.of(mapping);
        WrittenColumns written = transform == null ? WrittenColumns.NONE : WrittenColumns.of(transform, source);
        Set<String> given = new HashSet<>(written.added());
        written.added().stream()
                .filter(column -> !columns.containsKey(column))
                .forEach(column -> differences.add(table.name() + " has no column " + column));
        for (ColumnDefinition column : source.writableColumns()) {
            if (!names.moves(source.name(), column.name())) {
                continue;
            }
            String name = names.targetColumn(source.name(), column.name());
            given.add(name);
            ColumnDefinition taker = columns.get(name);
            if (taker == null) {
                differences.add(table.name() + " has no column " + name);
            } else if (taker.generated()) {
                differences.add(table.name() + " computes its column " + name + " itself");
            } else if (!written.replaced().contains(column.name())
                    && (!assignable(target, names.text(column.castType()), taker.castType())
                            || !TypeFit.holds(taker, column))) {
                differences.add("column " + name + " of " + table.name() + " is " + taker.type() + " instead of "
                        + column.type());
            }
        }
        for (ColumnDefinition column : table.columns()) {
            if (column.notNull()
                    && !given.contains(column.name())
                    && column.defaultExpression() == null
                    && !column.generated()
                    && column.identity() == ColumnDefinition.Identity.NONE) {
                differences.add("column " + column.name() + " of " + table.name()
                        + " must not be null, and no column of " + source.name() + " goes there");
            }
        }
        List<String> key = names.columns(source.name(), source.identityColumns());
        if (!key.isEmpty() && !hasKey(target, table.name(), key)) {
            differences.add(table.name() + " has no unique key over " + String.join(", ", key));
        }
    }

    static boolean assignable(Connection target, String from, String to) throws SQLException {
        if (from.equals(to)) {
            return true;
        }
        String sql = """
                SELECT EXISTS (
                    SELECT 1 FROM pg_cast c WHERE format_type(c.castsource, -1) = ? AND format_type(c.casttarget, -1) = ?
                    AND c.castcontext IN ('a', 'i'))
                """;
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setString(1, from);
            statement.setString(2, to);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static boolean hasKey(Connection target, TableName table, List<String> key) throws SQLException {
        String sql = """
                SELECT EXISTS (
                    SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = ? AND c.relname = ? AND i.indisunique AND i.indimmediate AND i.indisvalid
                      AND i.indpred IS NULL AND i.indexprs IS NULL
                      AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text)
                           FROM generate_series(0, i.indnkeyatts - 1) AS place
                           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place])
                        = (SELECT array_agg(name ORDER BY name) FROM unnest(?::text[]) AS name))
                """;
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            statement.setArray(3, texts(target, key.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
