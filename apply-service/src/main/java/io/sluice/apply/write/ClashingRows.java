package io.sluice.apply.write;

import io.sluice.apply.session.ReplicaRole;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Rows that are in each other's way in a DEFERRABLE key, after a table was loaded: where triggers do not fire, the target
 * has taken them without a word. Rows of several tables of the source may be, or rows that were there before. Stateless.
 */
public final class ClashingRows {

    private ClashingRows() {}

    /**
     * In the transaction that the connection has open. Reads the keys of all rows, of tables that have such keys; where the
     * target looks itself, and where rows are spread over nodes, nothing.
     *
     * @param tables of the target
     * @throws SluiceException {@code ROW_REFUSED} that names the key
     */
    public static void requireNone(Connection target, TargetDialect dialect, Collection<TableName> tables)
            throws SQLException {
        if (dialect.distributes() || !ReplicaRole.isSet(target)) {
            return;
        }
        Collection<TableDefinition> found = new Catalog(target)
                .findTables(withDeferrableKeys(target, tables))
                .values();
        for (DeferrableKey key : DeferrableKey.read(target, found)) {
            try (Statement statement = target.createStatement();
                    ResultSet row = statement.executeQuery(key.anyClash())) {
                if (row.next()) {
                    throw new SluiceException(
                            ErrorCode.ROW_REFUSED,
                            "Rows of table " + key.tableName() + " of the target have the same values in the key "
                                    + key.name()
                                    + ", which is DEFERRABLE. They came from several tables of the source, or some were"
                                    + " there before. Remove the cause, and the rows that are too many.");
                }
            }
        }
    }

    /** Few tables have any: the definitions of all others need not be read. */
    private static List<TableName> withDeferrableKeys(Connection target, Collection<TableName> tables)
            throws SQLException {
        List<TableName> found = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT DISTINCT n.nspname, c.relname FROM pg_constraint o
                JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS t
                    ON t.schema_name = n.nspname AND t.table_name = c.relname
                WHERE o.condeferrable AND o.contype IN ('p', 'u', 'x')""")) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
        }
        return found;
    }
}
