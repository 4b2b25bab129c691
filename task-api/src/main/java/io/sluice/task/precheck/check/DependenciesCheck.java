package io.sluice.task.precheck.check;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A chosen table that refers to one that is neither chosen nor on the target. */
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
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        String sql = """
                SELECT DISTINCT n.nspname, c.relname, rn.nspname, rc.relname
                FROM pg_constraint o
                JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = o.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE o.contype = 'f' AND o.conrelid = ANY (?::oid[])
                UNION
                SELECT n.nspname, c.relname, rn.nspname, rc.relname
                FROM pg_inherits h
                JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = h.inhparent JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE h.inhrelid = ANY (?::oid[])
                """;
        List<Reference> outside = subject
                .source()
                .list(
                        sql,
                        row -> new Reference(
                                new TableName(row.getString(1), row.getString(2)),
                                new TableName(row.getString(3), row.getString(4))),
                        oids,
                        oids)
                .stream()
                .filter(reference -> !subject.tables().containsKey(reference.to()))
                .toList();
        Set<TableName> there = present(
                subject.target(), outside.stream().map(Reference::to).distinct().toList());
        List<Reference> missing = outside.stream()
                .filter(reference -> !there.contains(reference.to()))
                .toList();
        if (!missing.isEmpty()) {
            fail(missing, findings);
        }
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

    private static Set<TableName> present(Query target, List<TableName> names) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                """;
        return new TreeSet<>(target.list(
                sql,
                row -> new TableName(row.getString(1), row.getString(2)),
                names.stream().map(TableName::schema).toList(),
                names.stream().map(TableName::table).toList()));
    }
}
