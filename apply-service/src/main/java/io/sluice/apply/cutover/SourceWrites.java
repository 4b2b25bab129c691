package io.sluice.apply.cutover;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;

/** Who still writes to the task's tables at the source, and how that is ended. */
final class SourceWrites {

    private final DatabaseSession source;
    private final Collection<TableName> tables;

    SourceWrites(DatabaseSession source, Collection<TableName> tables) {
        this.source = source;
        this.tables = tables;
    }

    /**
     * What can be seen of writing, in partitions too. The rows come with the statistics, up to ten seconds late; the
     * transactions at once, as far as the account may see them.
     *
     * @param rows written since the statistics were begun
     * @param transactions that have written, or will when they are committed
     */
    record Seen(long rows, long transactions) {}

    Seen look() {
        return source.inTransaction("looking for writers", connection -> {
            // Within a transaction statistics stay as they were first read.
            try (PreparedStatement statement = connection.prepareStatement("""
                    WITH RECURSIVE part AS (
                        SELECT c.oid, c.relkind FROM unnest(?::text[], ?::text[]) AS t (schema, name)
                        JOIN pg_namespace n ON n.nspname = t.schema
                        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
                      UNION
                        SELECT c.oid, c.relkind FROM part
                        JOIN pg_inherits i ON i.inhparent = part.oid AND part.relkind = 'p'
                        JOIN pg_class c ON c.oid = i.inhrelid)
                    SELECT (SELECT coalesce(sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid)
                                + pg_stat_get_tuples_deleted(oid)), 0) FROM part),
                           (SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND backend_xid IS NOT NULL
                              AND pid <> pg_backend_pid())
                         + (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())""")) {
                TableArrays.set(statement, 1, tables);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return new Seen(row.getLong(1), row.getLong(2));
                }
            }
        });
    }

    /** Whether new sessions of the database are read-only already, by whoever set it. */
    boolean isReadOnly() {
        return source.inTransaction("reading the database's settings", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            SELECT EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS c (setting)
                                           WHERE s.setdatabase = (SELECT oid FROM pg_database
                                                                  WHERE datname = current_database())
                                             AND s.setrole = 0
                                             AND c.setting ~ '^default_transaction_read_only=(on|true|1|yes)$')""")) {
                row.next();
                return row.getBoolean(1);
            }
        });
    }

    void makeReadOnly() {
        source.transact(
                "making the database read-only (its owner or a superuser may)",
                connection -> alter(connection, "SET default_transaction_read_only = on"));
    }

    void makeWritable() {
        source.transact(
                "making the database writable again",
                connection -> alter(connection, "RESET default_transaction_read_only"));
    }

    private static void alter(Connection connection, String change) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // Our own session began before, but a later one of ours may not.
            statement.execute("SET TRANSACTION READ WRITE");
            String database;
            try (ResultSet row = statement.executeQuery("SELECT current_database()")) {
                row.next();
                database = row.getString(1);
            }
            statement.execute("ALTER DATABASE " + Identifier.quote(database) + " " + change);
        }
    }
}
