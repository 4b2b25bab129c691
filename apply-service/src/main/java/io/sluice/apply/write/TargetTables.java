package io.sluice.apply.write;

import io.sluice.apply.batch.TableShape;
import io.sluice.apply.change.KeyForm;
import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tables that a task fills, by their names on the target, as they are when changes begin to be applied. */
public final class TargetTables {

    private final Map<TableName, TableDefinition> definitions;
    private final Map<TableName, TableShape> shapes = new HashMap<>();
    private final Map<TableName, Map<String, KeyForm>> forms;
    private final List<DeferrableKey> deferrable;
    private final List<String> later;

    private TargetTables(
            Map<TableName, TableDefinition> definitions,
            Map<TableName, Set<String>> untouched,
            Map<TableName, Map<String, KeyForm>> forms,
            List<DeferrableKey> deferrable,
            List<String> later) {
        this.definitions = definitions;
        this.forms = forms;
        this.deferrable = deferrable;
        this.later = later;
        definitions.forEach((name, table) -> shapes.put(
                name,
                new TableShape(
                        name,
                        new Columns(table.writableColumns().stream()
                                .map(ColumnDefinition::name)
                                .filter(column ->
                                        !untouched.getOrDefault(name, Set.of()).contains(column))
                                .toList()))));
    }

    /**
     * In the transaction that the connection has open.
     *
     * @param untouched columns that are not written, by table
     */
    public static TargetTables read(
            Connection target, Collection<TableName> names, Map<TableName, Set<String>> untouched) throws SQLException {
        Map<TableName, TableDefinition> found = new Catalog(target).findTables(names);
        return new TargetTables(
                found,
                untouched,
                forms(target, found.values()),
                DeferrableKey.read(target, found.values()),
                later(target, found.values()));
    }

    /** By name. */
    public Map<TableName, TableDefinition> definitions() {
        return Map.copyOf(definitions);
    }

    /** Columns whose values cannot be told apart by their text. */
    private static Map<TableName, Map<String, KeyForm>> forms(Connection target, Collection<TableDefinition> tables)
            throws SQLException {
        String sql = """
                WITH RECURSIVE base AS (
                    SELECT a.attrelid, a.attname, a.attcollation, a.atttypid AS type FROM pg_attribute AS a
                    WHERE a.attrelid = ANY (?::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
                    UNION ALL
                    SELECT b.attrelid, b.attname, b.attcollation, t.typbasetype FROM base AS b
                    JOIN pg_type AS t ON t.oid = b.type WHERE t.typtype = 'd')
                SELECT * FROM (
                    SELECT n.nspname, c.relname, b.attname, CASE
                        WHEN t.typtype = 'e' THEN 'TEXT'
                        WHEN t.typnamespace <> (SELECT s.oid FROM pg_namespace s WHERE s.nspname = 'pg_catalog')
                            OR NOT coalesce((row_to_json(o) ->> 'collisdeterministic')::boolean, true)
                            THEN 'ANY'
                        WHEN t.typname IN ('bool', 'int2', 'int4', 'int8', 'oid', 'uuid', 'text', 'varchar', 'name', 'char',
                            'bytea', 'bit', 'varbit', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'inet', 'cidr',
                            'macaddr', 'macaddr8', 'pg_lsn') THEN 'TEXT'
                        WHEN t.typname IN ('numeric', 'float4', 'float8') THEN 'NUMBER'
                        WHEN t.typname = 'bpchar' THEN 'PADDED'
                        ELSE 'ANY' END AS form
                    FROM base AS b JOIN pg_type AS t ON t.oid = b.type AND t.typtype <> 'd'
                    JOIN pg_class AS c ON c.oid = b.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    LEFT JOIN pg_collation AS o ON o.oid = b.attcollation) AS found
                WHERE form <> 'TEXT'
                """;
        Map<TableName, Map<String, KeyForm>> forms = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setArray(1, oids(target, tables));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    forms.computeIfAbsent(new TableName(row.getString(1), row.getString(2)), table -> new HashMap<>())
                            .put(row.getString(3), KeyForm.valueOf(row.getString(4)));
                }
            }
        }
        return forms;
    }

    private static Array oids(Connection target, Collection<TableDefinition> tables) throws SQLException {
        return target.createArrayOf(
                "int8", tables.stream().map(TableDefinition::oid).toArray());
    }

    private static List<String> later(Connection target, Collection<TableDefinition> tables) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(o.conname)
                FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
                WHERE o.condeferrable AND (o.condeferred OR o.contype IN ('p', 'u', 'x'))
                  AND (o.conrelid = ANY (?::oid[]) OR o.confrelid = ANY (?::oid[]))""")) {
            statement.setArray(1, oids(target, tables));
            statement.setArray(2, oids(target, tables));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
        }
        return names;
    }

    /** How values of a column can be told apart. */
    KeyForm form(TableName table, String column) {
        return forms.getOrDefault(table, Map.of()).getOrDefault(column, KeyForm.TEXT);
    }

    /** Keys of the tables that may be looked at later than at each row. */
    List<DeferrableKey> deferrable() {
        return deferrable;
    }

    /** Constraints that the target may look at when its transaction ends: names for a statement. */
    List<String> later() {
        return later;
    }

    /** @throws SluiceException {@code TARGET_OBJECT_MISSING} that names every table that is not there */
    public void requireAll(Collection<TableName> names) {
        List<String> missing = names.stream()
                .filter(name -> !definitions.containsKey(name))
                .sorted()
                .map(TableName::toString)
                .toList();
        if (!missing.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_OBJECT_MISSING,
                    "The target does not have these tables, and a task that only carries changes makes none: "
                            + String.join(", ", missing) + ". Create them with the rows that the source has, or use the"
                            + " mode FULL_AND_INCREMENTAL.");
        }
    }

    /** @throws TableFailure {@code SCHEMA_CHANGED} when the table is not there */
    public TableShape shape(TableName name) {
        TableShape shape = shapes.get(name);
        if (shape == null) {
            throw missing(name);
        }
        return shape;
    }

    TableDefinition definition(TableName name) {
        TableDefinition definition = definitions.get(name);
        if (definition == null) {
            throw missing(name);
        }
        return definition;
    }

    private static TableFailure missing(TableName name) {
        return TableFailure.ofTarget(
                name,
                ErrorCode.SCHEMA_CHANGED,
                "Table " + name
                        + " is not on the target any more. If it was renamed there, give it its name back and resume"
                        + " the task. Else make it there once more, without rows, and resume the task with {\"reload\":"
                        + " [\"schema.table\"]}, by its name at the source, which loads it anew.");
    }
}
