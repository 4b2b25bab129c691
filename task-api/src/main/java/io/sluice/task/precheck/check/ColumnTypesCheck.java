package io.sluice.task.precheck.check;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.dialect.TargetDialect;
import io.sluice.postgres.dialect.UnsupportedDdlException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Built-in types that the target's version or dialect does not have. What users made, Sluice makes there too. */
final class ColumnTypesCheck implements Check {

    private record Use(String type, String column) {}

    @Override
    public About about() {
        return About.both("column-types", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.makesTables()) {
            return;
        }
        Map<String, List<String>> uses = subject.tables().values().stream()
                .flatMap(table -> table.columns().stream()
                        .filter(column -> column.builtInType()
                                && subject.mapping(table.name()).moves(column.name()))
                        .map(column -> new Use(column.castType(), table.name() + "." + column.name())))
                .collect(groupingBy(Use::type, TreeMap::new, mapping(Use::column, toList())));
        TargetDialect dialect = TargetDialect.of(subject.spec().dialect());
        Map<String, String> taken = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        for (String type : uses.keySet()) {
            try {
                taken.put(type, dialect.type(type));
            } catch (UnsupportedDdlException e) {
                missing.add(type);
            }
        }
        Set<String> unknown = Set.copyOf(missing(subject.target(), taken.values().stream()));
        taken.forEach((type, there) -> {
            if (unknown.contains(there)) {
                missing.add(type);
            }
        });
        judge(uses, missing, findings);
    }

    static List<String> missing(Query target, Stream<String> types) throws SQLException {
        return target.list("""
                SELECT w.name FROM (SELECT DISTINCT unnest(?::text[]) AS name) AS w
                LEFT JOIN (SELECT format_type(oid, -1) AS name FROM pg_type) AS t ON t.name = w.name
                WHERE t.name IS NULL ORDER BY w.name""", row -> row.getString(1), types.toList());
    }

    static void judge(Map<String, List<String>> uses, List<String> missing, Findings findings) {
        for (String type : missing) {
            List<String> columns = uses.getOrDefault(type, List.of());
            findings.fail(
                    "objects.include",
                    ErrorCode.TARGET_OBJECT_MISSING,
                    "The target does not have the type " + type + " of " + Findings.list(columns)
                            + ". Upgrade the target, change the type of the column, or leave the table out with"
                            + " objects.exclude.",
                    "",
                    columns);
        }
    }
}
