package io.sluice.apply.load;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A partition that holds rows, as the source's catalog has it.
 *
 * @param file that holds its rows
 * @param attached how many transactions ago it came under its root; see {@code age(xid)}, stable within a transaction
 * @param changed how many transactions ago its entry in {@code pg_class} was written, as by a TRUNCATE
 * @param changedBy that transaction
 */
record LeafPartition(TableName name, long oid, long file, int attached, int changed, String changedBy) {

    /** By partitioned table, of those that are named; a root without partitions has an empty list. */
    static Map<TableName, List<LeafPartition>> read(Connection source, Collection<TableName> tables)
            throws SQLException {
        String sql = """
                WITH RECURSIVE part AS (
                    SELECT n.nspname, c.relname, c.oid, c.relkind, 2147483647 AS attached
                    FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                    JOIN pg_namespace n ON n.nspname = wanted.schema
                    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                    WHERE c.relkind = 'p'
                  UNION ALL
                    SELECT p.nspname, p.relname, c.oid, c.relkind, least(p.attached, age(i.xmin))
                    FROM part p
                    JOIN pg_inherits i ON i.inhparent = p.oid
                    JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE p.relkind = 'p')
                SELECT p.nspname, p.relname, p.relkind, n.nspname, c.relname, p.oid::bigint,
                    coalesce(pg_relation_filenode(p.oid), 0)::bigint, p.attached, age(c.xmin), c.xmin::text
                FROM part p
                JOIN pg_class c ON c.oid = p.oid
                JOIN pg_namespace n ON n.oid = c.relnamespace""";
        Map<TableName, List<LeafPartition>> leaves = new TreeMap<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<LeafPartition> ofRoot = leaves.computeIfAbsent(
                            new TableName(row.getString(1), row.getString(2)), name -> new ArrayList<>());
                    if (!row.getString(3).equals("p")) {
                        ofRoot.add(new LeafPartition(
                                new TableName(row.getString(4), row.getString(5)),
                                row.getLong(6),
                                row.getLong(7),
                                row.getInt(8),
                                row.getInt(9),
                                row.getString(10)));
                    }
                }
            }
        }
        return leaves;
    }

    /** Whatever was committed until now is before this place. */
    static Lsn logEnd(Connection source) throws SQLException {
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("SELECT CASE WHEN pg_is_in_recovery()"
                        + " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /** As {@link SourceTable#files} names them. */
    static String files(List<LeafPartition> leaves) {
        return leaves.stream()
                .map(leaf -> leaf.oid() + ":" + leaf.file())
                .sorted()
                .collect(Collectors.joining(","));
    }

    /**
     * What has happened to rows that the stream does not tell.
     *
     * @param before the files as they were
     */
    static List<String> findings(Connection source, String before, List<LeafPartition> leaves) throws SQLException {
        Map<Long, Long> gone = new HashMap<>();
        for (String part : before.isEmpty() ? new String[0] : before.split(",")) {
            gone.put(
                    Long.valueOf(part.substring(0, part.indexOf(':'))),
                    Long.valueOf(part.substring(part.indexOf(':') + 1)));
        }
        List<String> findings = new ArrayList<>();
        List<LeafPartition> stayed =
                leaves.stream().filter(leaf -> gone.containsKey(leaf.oid())).toList();
        boolean together = stayed.size() > 1 && allAnew(stayed, gone);
        for (LeafPartition leaf : leaves) {
            Long file = gone.remove(leaf.oid());
            if (file == null) {
                // Rows that came after it was attached are in the stream.
                if (leaf.hasRows(source, "age(t.xmin) >= " + leaf.attached())) {
                    findings.add("partition " + leaf.name() + " was attached with rows");
                }
            } else if (file != leaf.file() && !together && !leaf.hasRows(source, "age(t.xmin) > " + leaf.changed())) {
                findings.add("partition " + leaf.name() + " was truncated");
            }
        }
        if (!gone.isEmpty()) {
            findings.add(
                    gone.size() + (gone.size() == 1 ? " partition was" : " partitions were") + " detached or dropped");
        }
        return findings;
    }

    /** By one transaction: a TRUNCATE of the whole table, which is in the stream. */
    private static boolean allAnew(List<LeafPartition> stayed, Map<Long, Long> before) {
        return stayed.stream().noneMatch(leaf -> before.get(leaf.oid()) == leaf.file())
                && stayed.stream().map(LeafPartition::changedBy).distinct().count() == 1;
    }

    /** True also where that cannot be seen. */
    private boolean hasRows(Connection source, String condition) throws SQLException {
        Savepoint savepoint = source.setSavepoint();
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM ONLY " + Identifier.quote(name)
                        + " AS t WHERE " + condition + ")")) {
            row.next();
            return row.getBoolean(1);
        } catch (SQLException e) {
            @Nullable String state = e.getSQLState();
            // insufficient_privilege, undefined_table
            if ("42501".equals(state) || "42P01".equals(state)) {
                source.rollback(savepoint);
                return true;
            }
            throw e;
        }
    }
}
