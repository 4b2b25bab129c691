package io.sluice.task.precheck.check;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.dialect.TargetDialect;
import io.sluice.postgres.dialect.UnsupportedDdlException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
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
        judgeMapped(uses, TargetDialect.of(subject.spec().dialect()), findings);
        switch (subject.spec().dialect()) {
            case POSTGRESQL, CITUS -> judge(uses, missing(subject.target(), uses.keySet().stream()), findings);
            case OPENGAUSS, GAUSSDB_DISTRIBUTED -> {
                // They cannot be asked: what they lack is what the dialect says.
            }
        }
    }

    static void judgeMapped(Map<String, List<String>> uses, TargetDialect dialect, Findings findings) {
        uses.forEach((type, columns) -> {
            try {
                String other = dialect.type(type);
                if (!other.equals(type)) {
                    findings.warn(
                            "objects.include",
                            "The target does not have the type " + type + " of " + Findings.list(columns)
                                    + ", which will be " + other
                                    + " there: values stay as they are, functions and operators of the type do not work on"
                                    + " them.",
                            "",
                            columns);
                }
            } catch (UnsupportedDdlException e) {
                judge(uses, List.of(type), findings);
            }
        });
    }

    static List<String> missing(Query target, Stream<String> types) throws SQLException {
        return target.list(
                "SELECT name FROM unnest(?::text[]) AS name WHERE to_regtype(name) IS NULL ORDER BY name",
                row -> row.getString(1),
                types.toList());
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
