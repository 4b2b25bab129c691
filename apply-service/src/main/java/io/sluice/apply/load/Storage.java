package io.sluice.apply.load;

import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Which files hold the tables, at one moment. What gives a table a new file (TRUNCATE, VACUUM FULL, CLUSTER, an ALTER
 * TABLE that rewrites it) moves rows to other pages, or hides them from older snapshots, so pieces read before and after
 * it do not make a whole. See "Caveats", section 13.6 of the manual.
 */
final class Storage {

    private final Map<Long, Long> files;

    private Storage(Map<Long, Long> files) {
        this.files = files;
    }

    /** Must be read before the snapshot is taken. {@code pg_relation_filenode} sees the newest commit in any transaction. */
    static Storage read(Connection source, Collection<TableDefinition> tables) throws SQLException {
        String sql = "SELECT t.oid, pg_relation_filenode(t.oid::oid)::bigint FROM unnest(?::bigint[]) AS t (oid)";
        Map<Long, Long> files = new HashMap<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(
                    1,
                    source.createArrayOf(
                            "int8", tables.stream().map(TableDefinition::oid).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    files.put(row.getLong(1), row.getLong(2));
                }
            }
        }
        return new Storage(files);
    }

    /** Whether the table is still where it was; asked while a lock on the table is held. */
    boolean holds(Connection source, TableDefinition table) throws SQLException {
        Long before = files.get(table.oid());
        try (PreparedStatement statement =
                source.prepareStatement("SELECT pg_relation_filenode(?::bigint::oid)::bigint")) {
            statement.setLong(1, table.oid());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                // 0 stands for a table that is gone.
                return before != null && before != 0 && before == row.getLong(1);
            }
        }
    }
}
