package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The partitions that hold the rows of chosen partitioned tables. What identifies a changed row in the WAL, and whether
 * PostgreSQL takes the change at all, is a matter of the partition, while the stream describes the root.
 */
final class Leaves {

    private Leaves() {}

    private record Part(TableName root, TableName leaf) {}

    /** By their roots; only those of which changes are published. */
    static SortedMap<TableName, List<TableDefinition>> of(Subject subject) throws SQLException {
        List<Long> oids = subject.tables().values().stream()
                .filter(table -> table.kind() == Kind.PARTITIONED)
                .map(TableDefinition::oid)
                .toList();
        SortedMap<TableName, List<TableDefinition>> leaves = new TreeMap<>();
        if (oids.isEmpty()) {
            return leaves;
        }
        String sql = """
                WITH RECURSIVE part AS (
                    SELECT i.inhparent AS root, i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = ANY (?::oid[])
                  UNION
                    SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid)
                SELECT rn.nspname, r.relname, n.nspname, c.relname
                FROM part p
                JOIN pg_class r ON r.oid = p.root JOIN pg_namespace rn ON rn.oid = r.relnamespace
                JOIN pg_class c ON c.oid = p.oid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND c.relpersistence = 'p'
                ORDER BY n.nspname, c.relname
                """;
        List<Part> parts = subject.source()
                .list(
                        sql,
                        row -> new Part(
                                new TableName(row.getString(1), row.getString(2)),
                                new TableName(row.getString(3), row.getString(4))),
                        oids);
        Map<TableName, TableDefinition> found = new Catalog(subject.source().connection())
                .findTables(parts.stream().map(Part::leaf).toList());
        for (Part part : parts) {
            TableDefinition leaf = found.get(part.leaf());
            if (leaf != null) {
                leaves.computeIfAbsent(part.root(), root -> new ArrayList<>()).add(leaf);
            }
        }
        return leaves;
    }
}
