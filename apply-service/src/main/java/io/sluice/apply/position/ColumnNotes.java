package io.sluice.apply.position;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the names of the source's columns mean in the rows that the target has: each column as {@code number name}. Noted
 * when a table is copied, and with the changes from which on it has others. Stateless.
 */
public final class ColumnNotes {

    private final String taskId;

    public ColumnNotes(String taskId) {
        this.taskId = taskId;
    }

    /** Of these tables nothing else counts from here on. */
    public void note(Connection target, Map<TableName, List<String>> columns) throws SQLException {
        if (columns.isEmpty()) {
            return;
        }
        List<TableName> tables = List.copyOf(columns.keySet());
        try (PreparedStatement delete = target.prepareStatement("""
                DELETE FROM _sluice.source_column AS known USING (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS n
                WHERE task_id = ? AND known.schema_name = n.schema_name AND known.table_name = n.table_name""")) {
            TableArrays.set(delete, 1, tables);
            delete.setString(3, taskId);
            delete.executeUpdate();
        }
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.source_column (task_id, schema_name, table_name, columns)
                SELECT ?::text, n.schema_name, n.table_name, n.columns::text[]
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name, unnest(?::text[]) AS columns) AS n""")) {
            insert.setString(1, taskId);
            TableArrays.set(insert, 2, tables);
            Object[] texts = new Object[tables.size()];
            for (int i = 0; i < texts.length; i++) {
                // An array of arrays would need rows of one length.
                texts[i] = target.createArrayOf(
                                "text", columns.get(tables.get(i)).toArray())
                        .toString();
            }
            insert.setArray(4, target.createArrayOf("text", texts));
            insert.executeUpdate();
        }
    }

    public Map<TableName, List<String>> read(Connection target) throws SQLException {
        Map<TableName, List<String>> columns = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT schema_name, table_name, columns FROM _sluice.source_column WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    columns.put(new TableName(row.getString(1), row.getString(2)), List.of((String[])
                            row.getArray(3).getArray()));
                }
            }
        }
        return columns;
    }
}
