package io.sluice.apply.load;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which relations hold the rows of tables, and in which files, at one moment. What gives a relation a new file
 * (TRUNCATE, VACUUM FULL, CLUSTER, an ALTER TABLE that rewrites it) moves rows to other pages, or hides them from older
 * snapshots, so pieces read before and after it do not make a whole. See "Caveats", section 13.6 of the manual.
 */
final class SourceParts {

    /**
     * Reading place by place costs the source three times as much as reading a small table in one go; beyond this it is worth
     * that several workers share a table, and that an interrupted load does not begin it again.
     */
    private static final long LEAST_BYTES_OF_PLACES = 256L << 20;

    private final Map<Long, List<SourcePart>> byTable;
    private final Map<Long, SourcePart> roots;
    private final Set<Long> files = new HashSet<>();

    private SourceParts(Map<Long, List<SourcePart>> byTable, Map<Long, SourcePart> roots) {
        this.byTable = byTable;
        this.roots = roots;
        byTable.values().forEach(parts -> parts.forEach(part -> files.add(part.file())));
    }

    /**
     * {@code pg_relation_filenode} sees the newest commit in any transaction, the rest is as the transaction sees it. Asking
     * for the size of a table that somebody has locked would wait for it; of such a one the size is what ANALYZE has seen.
     * Only a heap that outlives a crash says by its size that it is empty: on a standby the file of an unlogged table is.
     */
    static SourceParts read(Connection source, Collection<TableDefinition> tables) throws SQLException {
        String sql = """
                WITH RECURSIVE part AS (
                    SELECT c.oid AS root, c.oid, c.relkind
                    FROM unnest(?::bigint[]) AS chosen (oid) JOIN pg_class c ON c.oid = chosen.oid::oid
                  UNION ALL
                    SELECT p.root, c.oid, c.relkind
                    FROM part p
                    JOIN pg_inherits i ON i.inhparent = p.oid
                    JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE p.relkind = 'p')
                SELECT p.root::bigint, p.oid::bigint, n.nspname, c.relname, c.relkind,
                    coalesce(pg_relation_filenode(p.oid), 0)::bigint,
                    CASE WHEN locked.relation IS NULL
                        THEN coalesce(pg_relation_size(p.oid), 0) / current_setting('block_size')::bigint
                        ELSE c.relpages END,
                    CASE WHEN locked.relation IS NULL THEN coalesce(pg_table_size(p.oid), 0)
                        ELSE c.relpages * current_setting('block_size')::bigint END,
                    CASE WHEN EXISTS (SELECT FROM pg_am a WHERE a.oid = c.relam AND a.amname <> 'heap') THEN 'NONE'
                        WHEN current_setting('server_version_num')::int >= 140000 THEN 'RANGES'
                        WHEN locked.relation IS NULL AND pg_relation_size(p.oid) >= ? THEN 'PLACES' ELSE 'NONE' END,
                    CASE WHEN locked.relation IS NULL AND c.relpersistence = 'p' AND c.relam IN (0, 2)
                        THEN pg_relation_size(p.oid) = 0 ELSE false END
                FROM part p
                JOIN pg_class c ON c.oid = p.oid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN (SELECT DISTINCT relation FROM pg_locks
                           WHERE granted AND mode = 'AccessExclusiveLock'
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                             AND pid <> pg_backend_pid()) AS locked ON locked.relation = p.oid
                WHERE p.relkind <> 'p' OR p.oid = p.root
                ORDER BY p.root, p.oid""";
        List<Found> found = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(
                    1,
                    source.createArrayOf(
                            "int8", tables.stream().map(TableDefinition::oid).toArray()));
            statement.setLong(2, LEAST_BYTES_OF_PLACES);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(found(row));
                }
            }
        }
        List<Long> oids = found.stream().map(Found::oid).toList();
        Map<Long, String> columns = ColumnWatch.columns(source, oids);
        Map<Long, List<EnumLabel>> labels = EnumLabel.read(source, oids);
        Map<Long, List<SourcePart>> byTable = new HashMap<>();
        Map<Long, SourcePart> roots = new HashMap<>();
        for (Found one : found) {
            SourcePart part = one.part(columns.getOrDefault(one.oid(), ""), labels.getOrDefault(one.oid(), List.of()));
            if (one.partitioned()) {
                roots.put(one.root(), part);
            } else {
                byTable.computeIfAbsent(one.root(), root -> new ArrayList<>()).add(part);
            }
        }
        return new SourceParts(byTable, roots);
    }

    /** A relation, and the table that it is or is a partition of. */
    private record Found(
            long root,
            boolean partitioned,
            TableName name,
            long oid,
            long file,
            long pages,
            long bytes,
            boolean empty,
            SourcePart.Pieces pieces) {
        SourcePart part(String columns, List<EnumLabel> labels) {
            return new SourcePart(name, oid, file, pages, bytes, empty, pieces, columns, labels);
        }
    }

    private static Found found(ResultSet row) throws SQLException {
        TableName name = new TableName(row.getString(3), row.getString(4));
        if (row.getString(5).equals("f")) {
            throw new SluiceException(
                    ErrorCode.TABLE_UNSUPPORTED,
                    "Partition " + name
                            + " is a foreign table, whose rows are on another server: no snapshot of the source"
                            + " holds for them. Detach it, or leave the partitioned table out.");
        }
        return new Found(
                row.getLong(1),
                row.getString(5).equals("p"),
                name,
                row.getLong(2),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getBoolean(10),
                SourcePart.Pieces.valueOf(row.getString(9)));
    }

    /** Empty for a table without partitions, and for one that is gone. */
    List<SourcePart> of(TableDefinition table) {
        return byTable.getOrDefault(table.oid(), List.of());
    }

    /** A partitioned table itself, which holds no rows; null for others. */
    @Nullable
    SourcePart root(TableDefinition table) {
        return roots.get(table.oid());
    }

    /** Whether all of these were in the same files when this was read. */
    boolean had(List<SourcePart> parts) {
        return parts.stream().allMatch(part -> part.file() != 0 && files.contains(part.file()));
    }

    /**
     * Those of the parts that are not in their files any more, or whose name means another relation by now, so that what
     * was read by that name is not theirs; see {@link ColumnWatch#changed}.
     */
    static Set<Long> moved(Connection source, Collection<SourcePart> parts) throws SQLException {
        String sql = """
                SELECT p.oid FROM unnest(?::bigint[], ?::bigint[], ?::text[]) AS p (oid, file, name)
                WHERE coalesce(pg_relation_filenode(p.oid::oid), 0)::bigint <> p.file
                   OR to_regclass(p.name) IS DISTINCT FROM p.oid::oid""";
        Set<Long> moved = new HashSet<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(
                    1,
                    source.createArrayOf(
                            "int8", parts.stream().map(SourcePart::oid).toArray()));
            statement.setArray(
                    2,
                    source.createArrayOf(
                            "int8", parts.stream().map(SourcePart::file).toArray()));
            statement.setArray(
                    3,
                    source.createArrayOf(
                            "text",
                            parts.stream()
                                    .map(part -> Identifier.quote(part.name()))
                                    .toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    moved.add(row.getLong(1));
                }
            }
        }
        return moved;
    }
}
