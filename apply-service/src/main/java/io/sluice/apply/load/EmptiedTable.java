package io.sluice.apply.load;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Removes all rows of a table of the target, and none of the tables that inherit from it. */
public final class EmptiedTable {

    private EmptiedTable() {}

    /** In the transaction that the connection has open. A table that is not there has no rows. */
    public static void empty(Connection target, TargetDialect dialect, TableName table) throws SQLException {
        String sql = """
                SELECT c.relkind = 'p', EXISTS (SELECT 1 FROM pg_constraint f
                    WHERE f.contype = 'f' AND f.confrelid = c.oid AND f.conrelid <> c.oid)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ?
                """;
        boolean partitioned;
        boolean referenced;
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return;
                }
                partitioned = row.getBoolean(1);
                referenced = row.getBoolean(2);
            }
        }
        try (Statement statement = target.createStatement()) {
            if (referenced) {
                // TRUNCATE is refused then, also where foreign keys are not looked at; and no cascade may go further.
                statement.execute("SET LOCAL session_replication_role = replica");
                statement.execute("DELETE FROM " + (partitioned ? "" : "ONLY ") + Identifier.quote(table));
            } else {
                statement.execute(partitioned ? "TRUNCATE " + Identifier.quote(table) : dialect.truncate(table));
            }
        }
    }
}
