package io.sluice.capture.slot;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads which tables a publication has. Each set is the caller's. Not thread-safe. */
final class PublicationTables {

    /** Row filters and column lists came with 15. */
    private static final String CUT =
            "AND (to_jsonb(r) ->> 'prqual' IS NOT NULL OR to_jsonb(r) ->> 'prattrs' IS NOT NULL)";

    private final Connection connection;
    private final String name;

    /** @param name of the publication */
    PublicationTables(Connection connection, String name) {
        this.connection = connection;
        this.name = name;
    }

    /** With publish_via_partition_root the view lists roots, else leaves. */
    Set<TableName> published() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?")) {
            statement.setString(1, name);
            return read(statement);
        }
    }

    /** Those of which PostgreSQL logs nothing. */
    Set<TableName> withoutLog(Collection<TableName> chosen) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS chosen (schema, name)
                JOIN pg_namespace n ON n.nspname = chosen.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = chosen.name
                WHERE c.relpersistence <> 'p' OR c.relkind NOT IN ('r', 'p')
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            TableArrays.set(statement, 1, chosen);
            return read(statement);
        }
    }

    Set<TableName> listed() throws SQLException {
        return listed("");
    }

    /** Those of which it publishes some rows or columns only. */
    Set<TableName> cut() throws SQLException {
        return listed(CUT);
    }

    /** @param condition of the entry r; may be empty */
    private Set<TableName> listed(String condition) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid
                JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE p.pubname = ? %s
                """.formatted(condition);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            return read(statement);
        }
    }

    private static Set<TableName> read(PreparedStatement statement) throws SQLException {
        Set<TableName> tables = new TreeSet<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                tables.add(new TableName(rows.getString(1), rows.getString(2)));
            }
        }
        return tables;
    }

    /** ONLY: a child of an inheritance tree is a table of its own, and may not have been chosen. */
    static String sql(Collection<TableName> tables) {
        return tables.stream().map(table -> "ONLY " + Identifier.quote(table)).collect(Collectors.joining(", "));
    }
}
