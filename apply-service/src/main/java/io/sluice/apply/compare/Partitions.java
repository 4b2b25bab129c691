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
 */
record Partitions(List<Leaf> leaves, boolean plain, long files) {

    Partitions {
        leaves = List.copyOf(leaves);
    }

    /** @param rows the estimate of the statistics */
    record Leaf(TableName name, long pages, long rows) {}

    static Partitions read(Connection connection, TableName root) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname, pg_relation_size(c.oid) / current_setting('block_size')::bigint,
                    greatest(c.reltuples, 0)::bigint, c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT'),
                    hashtextextended(c.oid || ':' || coalesce(pg_relation_filenode(c.oid), 0), 0)
                FROM pg_partition_tree(?::regclass) t
                JOIN pg_class c ON c.oid = t.relid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE t.isleaf AND c.relkind <> 'p'
                ORDER BY c.oid""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, Identifier.quote(root));
            try (ResultSet row = statement.executeQuery()) {
                List<Leaf> leaves = new ArrayList<>();
                boolean plain = true;
                long files = 0;
                while (row.next()) {
                    leaves.add(new Leaf(
                            new TableName(row.getString(1), row.getString(2)), row.getLong(3), row.getLong(4)));
                    plain &= row.getBoolean(5);
                    files = files * 31 + row.getLong(6);
                }
                return new Partitions(leaves, plain, files);
            }
        }
    }

    long pages() {
        return leaves.stream().mapToLong(Leaf::pages).sum();
    }

    long rows() {
        return leaves.stream().mapToLong(Leaf::rows).sum();
    }
}
