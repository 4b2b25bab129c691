package io.sluice.task.precheck.check;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A chosen table that refers to, or inherits from, one that is neither chosen nor on the target. A partition that is chosen
 * alone becomes a table of its own.
 */
final class DependenciesCheck implements Check {

    private record Reference(TableName from, TableName to) {}

    /** As objects.include takes it. */
    private record Pattern(String schema, String table) {}

    @Override
    public About about() {
        return About.both("dependencies", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        // What is not made needs nothing.
        if (!subject.makesTables()) {
            return;
        }
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        String sql = """
                SELECT DISTINCT n.nspname, c.relname, rn.nspname, rc.relname
                FROM pg_constraint o
                JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = o.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE o.contype = 'f' AND ? AND o.conrelid = ANY (?::oid[])
                UNION
                SELECT n.nspname, c.relname, rn.nspname, rc.relname
                FROM pg_inherits h
                JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = h.inhparent JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE h.inhrelid = ANY (?::oid[]) AND rc.relkind <> 'p'
                """;
        List<Reference> outside = subject
                .source()
                .list(
                        sql,
                        row -> new Reference(
                                new TableName(row.getString(1), row.getString(2)),
                                new TableName(row.getString(3), row.getString(4))),
                        subject.makes(StructureChoice.Kind.FOREIGN_KEY),
                        oids,
                        oids)
                .stream()
                .filter(reference -> !subject.tables().containsKey(reference.to()))
                .toList();
        Map<TableName, TableMapping> mappings = TableMapping.all(
                subject.spec(), outside.stream().map(Reference::to).distinct().toList());
        Set<TableName> there = subject.target()
                .present(mappings.values().stream().map(TableMapping::target).toList());
        List<Reference> missing = outside.stream()
                .filter(reference -> !there.contains(mapped(mappings, reference.to())))
                .toList();
        if (!missing.isEmpty()) {
            fail(missing, findings);
        }
    }

    private static TableName mapped(Map<TableName, TableMapping> mappings, TableName table) {
        return Objects.requireNonNull(mappings.get(table), "mapping").target();
    }

    private static void fail(List<Reference> missing, Findings findings) {
        Set<TableName> wanted = missing.stream().map(Reference::to).collect(Collectors.toCollection(TreeSet::new));
        findings.fail(
                "objects.include",
                ErrorCode.DEPENDENCY_NOT_CHOSEN,
                "Chosen tables depend on tables that are neither chosen nor on the target: "
                        + Findings.list(missing.stream()
                                .map(reference -> reference.from() + " on " + reference.to())
                                .sorted()
                                .toList())
                        + ". Add those to objects.include, make them on the target, or leave out what depends on them.",
                wanted.stream()
                        .limit(Item.OBJECTS)
                        .map(name -> Json.write(new Pattern(name.schema(), name.table())))
                        .collect(Collectors.joining(", ")),
                wanted);
    }
}
