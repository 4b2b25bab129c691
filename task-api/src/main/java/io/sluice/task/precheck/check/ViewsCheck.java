package io.sluice.task.precheck.check;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Views of schemas that are chosen as a whole are chosen with them, unless they are excluded by name; one that reads,
 * directly or through others, a table that is neither chosen nor on the target cannot be made there.
 */
final class ViewsCheck implements Check {

    /** @param foreign it could not be chosen */
    private record Reading(TableName view, TableName table, boolean foreign) {}

    /** As objects.include takes it. */
    private record Pattern(String schema, String table) {}

    @Override
    public About about() {
        return About.both("views", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<String> kinds = new ArrayList<>();
        if (subject.makes(StructureChoice.Kind.VIEW)) {
            kinds.add("v");
        }
        if (subject.makes(StructureChoice.Kind.MATERIALIZED_VIEW)) {
            kinds.add("m");
        }
        List<Reading> outside = readings(subject, kinds);
        Map<TableName, TableMapping> mappings = TableMapping.all(
                subject.spec(), outside.stream().map(Reading::table).distinct().toList());
        Set<TableName> there = subject.target()
                .present(mappings.values().stream().map(TableMapping::target).toList());
        List<Reading> missing = outside.stream()
                .filter(one -> !subject.spec().excludes(one.view()))
                .filter(one -> !there.contains(Objects.requireNonNull(mappings.get(one.table()), "mapping")
                        .target()))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        Set<TableName> views = missing.stream().map(Reading::view).collect(Collectors.toCollection(TreeSet::new));
        Set<TableName> tables = missing.stream()
                .filter(one -> !one.foreign())
                .map(Reading::table)
                .collect(Collectors.toCollection(TreeSet::new));
        findings.fail(
                "objects.include",
                ErrorCode.DEPENDENCY_NOT_CHOSEN,
                "Views cannot be made on the target, since they read tables that are neither chosen nor there: "
                        + Findings.list(missing.stream()
                                .map(one -> one.view() + " reads " + one.table())
                                .toList())
                        + ". Add those to objects.include, make them on the target, or name the views in objects.exclude.",
                tables.stream()
                        .limit(Item.OBJECTS)
                        .map(name -> Json.write(new Pattern(name.schema(), name.table())))
                        .collect(Collectors.joining(", ")),
                views);
    }

    /** Tables that are not chosen, by the views that come along and read them. */
    private static List<Reading> readings(Subject subject, List<String> kinds) throws SQLException {
        Query source = subject.source();
        List<String> schemas = source.list("SELECT nspname FROM pg_namespace", row -> row.getString(1)).stream()
                .filter(schema -> subject.spec().choosesAllOf(schema))
                .toList();
        String sql = """
                WITH RECURSIVE chosen (oid) AS (
                    SELECT unnest(?::oid[])
                  UNION
                    SELECT h.inhrelid FROM chosen JOIN pg_class p ON p.oid = chosen.oid AND p.relkind = 'p'
                    JOIN pg_inherits h ON h.inhparent = p.oid
                ), reads (view, relation) AS (
                    SELECT c.oid, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind::text = ANY (?::text[]) AND n.nspname = ANY (?::text[]) AND c.oid >= 16384
                      AND NOT EXISTS (SELECT FROM pg_depend e
                          WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
                  UNION
                    SELECT reads.view, d.refobjid
                    FROM reads
                    JOIN pg_rewrite r ON r.ev_class = reads.relation
                    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid >= 16384
                    JOIN pg_class v ON v.oid = reads.relation AND v.relkind IN ('v', 'm'))
                SELECT vn.nspname, v.relname, n.nspname, c.relname, c.relkind = 'f'
                FROM reads
                JOIN pg_class v ON v.oid = reads.view JOIN pg_namespace vn ON vn.oid = v.relnamespace
                JOIN pg_class c ON c.oid = reads.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'f') AND c.oid NOT IN (SELECT oid FROM chosen)
                  AND NOT EXISTS (SELECT FROM pg_depend e
                      WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
                ORDER BY 1, 2, 3, 4
                """;
        return source.list(
                sql,
                row -> new Reading(
                        new TableName(row.getString(1), row.getString(2)),
                        new TableName(row.getString(3), row.getString(4)),
                        row.getBoolean(5)),
                subject.tables().values().stream().map(TableDefinition::oid).toList(),
                kinds,
                schemas);
    }
}
