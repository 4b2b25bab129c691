package io.sluice.capture.snapshot;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A table as it is read: the columns and the key that its changes have.
 *
 * @param sql gives all rows in COPY's text format; null for a table without columns, which has no rows to tell
 */
record SnapshotTable(
        TableName name, List<Column> columns, @Nullable String sql) {

    static SnapshotTable of(Connection source, TableDefinition table) throws SQLException {
        Map<String, Type> types = types(source, table.oid());
        List<Column> columns = new ArrayList<>();
        for (ColumnDefinition column : table.writableColumns()) {
            Type type = types.get(column.name());
            if (type != null) {
                boolean key = table.identityColumns().contains(column.name());
                columns.add(new Column(column.name(), JsonType.of((int) type.oid()), key, type.oid(), type.number()));
            }
        }
        return new SnapshotTable(table.name(), columns, columns.isEmpty() ? null : sql(table, columns));
    }

    boolean keyed() {
        return columns.stream().anyMatch(Column::key);
    }

    ChangeEncoder.Table encoded(ChangeEncoder encoder) {
        return encoder.table(name, columns);
    }

    /** The rows of tables that inherit from this one are published under their own names. */
    private static String sql(TableDefinition table, List<Column> columns) {
        return "COPY (SELECT "
                + columns.stream()
                        .map(column -> Identifier.quote(column.name()))
                        .collect(Collectors.joining(", "))
                + " FROM " + (table.kind() == Kind.PARTITIONED ? "" : "ONLY ") + Identifier.quote(table.name())
                + ") TO STDOUT";
    }

    private record Type(long oid, int number) {}

    private static Map<String, Type> types(Connection source, long table) throws SQLException {
        Map<String, Type> types = new HashMap<>();
        try (PreparedStatement statement = source.prepareStatement("""
                SELECT attname, atttypid::bigint, attnum FROM pg_catalog.pg_attribute
                WHERE attrelid = ?::oid AND attnum > 0 AND NOT attisdropped""")) {
            statement.setLong(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    types.put(row.getString(1), new Type(row.getLong(2), row.getInt(3)));
                }
            }
        }
        return types;
    }
}
