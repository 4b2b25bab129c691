package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The tables are created by Sluice: nothing of their names may be there. */
final class TargetTableCheck implements Check {

    @Override
    public About about() {
        return About.target("target-tables", Group.OBJECTS).ofTables();
    }

    private static final int DETAILED = 20;

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Set<TableName> taken = taken(subject);
        if (taken.isEmpty()) {
            return;
        }
        Map<TableName, TableDefinition> tables = new Catalog(subject.target().connection()).findTables(taken);
        List<TableName> alike = new ArrayList<>();
        List<TableName> unlike = new ArrayList<>();
        for (TableName name : taken) {
            TableDefinition target = tables.get(name);
            TableDefinition source = subject.tables().get(name);
            String difference = target == null || source == null ? "" : difference(source, target);
            if (difference.isEmpty()) {
                alike.add(name);
            } else {
                unlike.add(name);
                if (unlike.size() <= DETAILED) {
                    differs(name, difference, findings);
                }
            }
        }
        if (!alike.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TARGET_TABLE_EXISTS,
                    "The target has tables (or views) of these names already: " + Findings.list(alike)
                            + ". Leave them out with objects.exclude, rename them, or drop them if their rows are not"
                            + " needed.",
                    Findings.sql(alike, table -> "DROP TABLE " + table),
                    alike);
        }
    }

    private static void differs(TableName name, String difference, Findings findings) {
        findings.fail(
                "objects.include",
                ErrorCode.TARGET_COLUMNS_DIFFER,
                "The target has a table " + name + " already, with other columns than the source: " + difference
                        + ". Leave it out with objects.exclude, rename it, or drop it if its rows are not needed.",
                Findings.sql(List.of(name), table -> "DROP TABLE " + table),
                List.of(name));
    }

    private static Set<TableName> taken(Subject subject) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                """;
        List<TableName> wanted = List.copyOf(subject.tables().keySet());
        return new TreeSet<>(subject.target()
                .list(
                        sql,
                        row -> new TableName(row.getString(1), row.getString(2)),
                        wanted.stream().map(TableName::schema).toList(),
                        wanted.stream().map(TableName::table).toList()));
    }

    /** In words; empty when names and types are the same. */
    private static String difference(TableDefinition source, TableDefinition target) {
        Map<String, String> have = types(target);
        List<String> differences = new ArrayList<>();
        types(source).forEach((column, type) -> {
            String other = have.remove(column);
            if (other == null) {
                differences.add(column + " is missing");
            } else if (!other.equals(type)) {
                differences.add(column + " is " + other + " instead of " + type);
            }
        });
        have.keySet().forEach(column -> differences.add(column + " is only on the target"));
        return Findings.list(differences);
    }

    private static Map<String, String> types(TableDefinition table) {
        Map<String, String> types = new LinkedHashMap<>();
        for (ColumnDefinition column : table.columns()) {
            types.put(column.name(), column.type());
        }
        return types;
    }
}
