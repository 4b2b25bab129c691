package io.sluice.apply.position;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Columns of tables that were on the target before the task, to which no column of the source goes. Noted when the task
 * takes such a table, since later they could not be told from columns that the source has lost. Stateless.
 */
public final class UntouchedColumns {

    private final String taskId;

    public UntouchedColumns(String taskId) {
        this.taskId = taskId;
    }

    /** The columns of the target that a table of the source fills. */
    public static Set<String> given(TableMapping mapping, TableDefinition source) {
        Set<String> given = new TreeSet<>();
        source.writableColumns().stream()
                .map(ColumnDefinition::name)
                .filter(mapping::moves)
                .map(mapping::targetColumn)
                .forEach(given::add);
        RowTransform transform = RowTransform.of(mapping);
        if (transform != null) {
            given.addAll(WrittenColumns.of(transform, source).added());
        }
        return given;
    }

    /**
     * @param sources by name
     * @param targets by their names on the target; mappings to others are left out
     */
    public static Map<TableName, Set<String>> of(
            Collection<TableMapping> mappings,
            Map<TableName, TableDefinition> sources,
            Map<TableName, TableDefinition> targets) {
        Map<TableName, Set<String>> untouched = new TreeMap<>();
        targets.forEach((name, table) -> {
            Set<String> columns = new TreeSet<>();
            table.writableColumns().forEach(column -> columns.add(column.name()));
            untouched.put(name, columns);
        });
        for (TableMapping mapping : mappings) {
            Set<String> columns = untouched.get(mapping.target());
            TableDefinition source = sources.get(mapping.source());
            if (columns != null && source != null) {
                columns.removeAll(given(mapping, source));
            }
        }
        return untouched;
    }

    /** Of these tables nothing else counts from here on. */
    public void note(Connection target, Map<TableName, Set<String>> untouched) throws SQLException {
        try (PreparedStatement delete = target.prepareStatement("""
                DELETE FROM _sluice.untouched_column AS known USING (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS n
                WHERE task_id = ? AND known.schema_name = n.schema_name AND known.table_name = n.table_name""")) {
            TableArrays.set(delete, 1, untouched.keySet());
            delete.setString(3, taskId);
            delete.executeUpdate();
        }
        List<String> schemas = new ArrayList<>();
        List<String> tables = new ArrayList<>();
        List<String> columns = new ArrayList<>();
        untouched.forEach((table, names) -> names.forEach(name -> {
            schemas.add(table.schema());
            tables.add(table.table());
            columns.add(name);
        }));
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.untouched_column (task_id, schema_name, table_name, column_name)
                SELECT ?::text, unnest(?::text[]), unnest(?::text[]), unnest(?::text[])""")) {
            insert.setString(1, taskId);
            insert.setArray(2, texts(target, schemas));
            insert.setArray(3, texts(target, tables));
            insert.setArray(4, texts(target, columns));
            insert.executeUpdate();
        }
    }

    /** By the tables' names on the target. */
    public Map<TableName, Set<String>> read(Connection target) throws SQLException {
        Map<TableName, Set<String>> untouched = new HashMap<>();
        if (!exists(target)) {
            return untouched;
        }
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT schema_name, table_name, column_name FROM _sluice.untouched_column WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    untouched
                            .computeIfAbsent(new TableName(row.getString(1), row.getString(2)), name -> new HashSet<>())
                            .add(row.getString(3));
                }
            }
        }
        return untouched;
    }

    private static boolean exists(Connection target) throws SQLException {
        return Bookkeeping.holds(target, "untouched_column");
    }

    private static Array texts(Connection target, List<String> values) throws SQLException {
        return target.createArrayOf("text", values.toArray());
    }
}
