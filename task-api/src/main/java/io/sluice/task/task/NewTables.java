package io.sluice.task.task;

import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Tables of a source that a task's rules choose and that it does not have. */
final class NewTables {

    private NewTables() {}

    /** @param others of the source */
    record Found(List<TableName> tables, List<TableName> others) {}

    /**
     * @param known tables of the task, and others to be passed over
     * @throws io.sluice.contracts.error.SluiceException when the source cannot be asked
     */
    static Found look(TaskSpec spec, Credentials credentials, Set<TableName> known) {
        try (Connections connections = new Connections("source", spec.source(), credentials, "sluice new tables");
                Connection connection = connections.open()) {
            List<TableName> present = new Catalog(connection).listTables();
            List<TableName> tables = new ArrayList<>(present);
            tables.removeIf(name -> known.contains(name) || !chosen(spec, name));
            if (!tables.isEmpty()) {
                tables.removeAll(parts(connection, tables));
            }
            List<TableName> others = new ArrayList<>(present);
            others.removeAll(tables);
            return new Found(tables, others);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for new tables at the source");
        }
    }

    private static boolean chosen(TaskSpec spec, TableName name) {
        return spec.choices().stream().anyMatch(choice -> choice.pattern().matches(name))
                && spec.exclude().stream().noneMatch(pattern -> pattern.matches(name));
    }

    /** Partitions come with their root; a foreign table has no changes. */
    private static List<TableName> parts(Connection source, Collection<TableName> tables) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                WHERE c.relispartition OR c.relkind = 'f'""";
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            Object[] schemas = tables.stream().map(TableName::schema).toArray();
            Object[] names = tables.stream().map(TableName::table).toArray();
            statement.setArray(1, source.createArrayOf("text", schemas));
            statement.setArray(2, source.createArrayOf("text", names));
            List<TableName> parts = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    parts.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
            return parts;
        }
    }
}
