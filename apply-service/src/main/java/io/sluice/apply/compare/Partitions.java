package io.sluice.apply.compare;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The partitions of a table that hold rows, in one order.
 *
 * @param plain each can be read by itself, in ranges of pages
 * @param files changes when there is another partition, one less, or when one was rewritten
 * @param moved while they were read others came, or names changed: the transaction sees what was before
 */
record Partitions(List<Leaf> leaves, boolean plain, long files, boolean moved) {

    Partitions {
        leaves = List.copyOf(leaves);
    }

    /**
     * @param rows the estimate of the statistics
     * @param bytes with what is stored out of line
     */
    record Leaf(TableName name, long pages, long bytes, long rows) {}

    /** Locks all of them; the tree is as it is then, and names are as the transaction sees them. */
    static Partitions read(Connection connection, TableName root) throws SQLException {
        // Row security counts of the root alone when it is the root that is read, and so do privileges.
        String sql = """
                SELECT n.nspname, c.relname, pg_relation_size(t.relid) / current_setting('block_size')::bigint,
                    pg_table_size(t.relid), greatest(c.reltuples, 0)::bigint,
                    coalesce(c.relkind = 'r' AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'heap')
                        AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                        AND NOT row_security_active(c.oid), false) AS plain,
                    hashtextextended(t.relid::oid || ':' || coalesce(pg_relation_filenode(t.relid), 0), 0),
                    CASE WHEN has_schema_privilege(n.oid, 'USAGE')
                        THEN to_regclass(format('%I.%I', n.nspname, c.relname)) IS DISTINCT FROM t.relid
                        ELSE n.oid IS NULL END AS moved
                FROM pg_partition_tree(?::regclass) t
                LEFT JOIN pg_class c ON c.oid = t.relid
                LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE t.isleaf AND c.relkind IS DISTINCT FROM 'p'
                ORDER BY t.relid::oid""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, Identifier.quote(root));
            try (ResultSet row = statement.executeQuery()) {
                List<Leaf> leaves = new ArrayList<>();
                boolean plain = true;
                boolean moved = false;
                long files = 0;
                while (row.next()) {
                    moved |= row.getBoolean("moved");
                    plain &= row.getBoolean("plain");
                    files = files * 31 + row.getLong(7);
                    if (!moved) {
                        leaves.add(new Leaf(
                                new TableName(row.getString(1), row.getString(2)),
                                row.getLong(3),
                                row.getLong(4),
                                row.getLong(5)));
                    }
                }
                return new Partitions(leaves, plain, plain ? files : -files, moved);
            }
        }
    }
}
