package io.sluice.task.task;

import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.postgres.OwnSchemas;
import io.sluice.task.endpoint.EndpointRules;
import io.sluice.task.endpoint.FieldErrors;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules for the choice of tables and what becomes of them. */
final class ObjectRules {

    static final int MAXIMUM_RULES = 1000;
    /** A table of PostgreSQL has no more. */
    private static final int MAXIMUM_COLUMNS = 1600;
    /** A key of PostgreSQL has no more. */
    private static final int MAXIMUM_DISTRIBUTION_COLUMNS = 32;

    private ObjectRules() {}

    static void check(FieldErrors errors, TaskInput.@Nullable Objects objects) {
        List<TaskInput.@Nullable Include> include = objects == null ? null : objects.include();
        if (include == null || include.isEmpty()) {
            errors.invalid(
                    "objects.include",
                    "must name at least one table, as in [{\"schema\": \"public\", \"table\": \"*\"}].");
        } else if (sized(errors, "objects.include", include.size())) {
            for (int i = 0; i < include.size(); i++) {
                checkInclude(errors, "objects.include[" + i + "]", include.get(i));
            }
        }
        List<TaskInput.@Nullable Exclude> exclude = objects == null ? null : objects.exclude();
        if (exclude != null && sized(errors, "objects.exclude", exclude.size())) {
            for (int i = 0; i < exclude.size(); i++) {
                String field = "objects.exclude[" + i + "]";
                TaskInput.Exclude pattern = exclude.get(i);
                if (pattern == null) {
                    errors.invalid(field, "must be {\"schema\": ..., \"table\": ...}.");
                } else {
                    checkPattern(errors, field, pattern.schema(), pattern.table());
                }
            }
        }
    }

    /** A list that is too long is not looked into: one message says what to do. */
    private static boolean sized(FieldErrors errors, String field, int size) {
        if (size > MAXIMUM_RULES) {
            errors.invalid(
                    field,
                    "must have at most " + MAXIMUM_RULES + " entries and has " + size
                            + "; one entry can name many tables with * and ?, as in {\"schema\": \"app\","
                            + " \"table\": \"order_*\"}.");
            return false;
        }
        return true;
    }

    static void checkInclude(FieldErrors errors, String field, TaskInput.@Nullable Include include) {
        if (include == null) {
            errors.invalid(field, "must be {\"schema\": ..., \"table\": ...}.");
            return;
        }
        checkPattern(errors, field, include.schema(), include.table());
        if (include.schema() != null && OwnSchemas.has(include.schema())) {
            errors.invalid(field + ".schema", "must not be " + include.schema() + ", which is Sluice's own.");
        }
        checkTargetSchema(errors, field + ".targetSchema", include.targetSchema());
        if (include.targetTable() != null) {
            EndpointRules.name(errors, field + ".targetTable", include.targetTable());
        }
        if (include.columns() != null) {
            checkColumns(errors, field + ".columns", include.columns());
        }
        if (include.filter() != null) {
            FilterRules.problem(include.filter()).ifPresent(problem -> errors.invalid(field + ".filter", problem));
        }
        if (include.distribution() != null) {
            checkDistribution(errors, field + ".distribution", include.distribution());
        }
    }

    private static void checkTargetSchema(FieldErrors errors, String field, @Nullable String schema) {
        if (schema == null || !EndpointRules.name(errors, field, schema)) {
            return;
        }
        if (OwnSchemas.has(schema)) {
            errors.invalid(field, "must not be " + schema + ", which is Sluice's own.");
        } else if (schema.startsWith("pg_") || schema.equals("information_schema")) {
            errors.invalid(field, "must not be one of the server's own schemas.");
        }
    }

    private static void checkColumns(FieldErrors errors, String field, TaskInput.Columns columns) {
        List<@Nullable String> exclude = columns.exclude() == null ? List.of() : columns.exclude();
        Map<String, @Nullable String> rename = columns.rename() == null ? Map.of() : columns.rename();
        if (exclude.size() > MAXIMUM_COLUMNS || rename.size() > MAXIMUM_COLUMNS) {
            errors.invalid(field, "must name at most " + MAXIMUM_COLUMNS + " columns.");
            return;
        }
        names(errors, field + ".exclude", exclude);
        Set<@Nullable String> taken = new HashSet<>();
        rename.forEach((from, to) -> {
            EndpointRules.name(errors, field + ".rename", from);
            EndpointRules.name(errors, field + ".rename." + from, to);
            if (exclude.contains(from)) {
                errors.invalid(field + ".rename." + from, "must not rename a column that is left out.");
            }
            if (!taken.add(to)) {
                errors.invalid(field + ".rename." + from, "must not be the name of two columns.");
            }
        });
    }

    private static void checkDistribution(FieldErrors errors, String field, TaskInput.Distribution distribution) {
        List<@Nullable String> columns = distribution.columns() == null ? List.of() : distribution.columns();
        if (distribution.kind() == null) {
            errors.invalid(field + ".kind", "must be given: HASH, REPLICATION or NONE.");
        } else if (TaskRules.oneOf(errors, field + ".kind", distribution.kind(), Distribution.Kind.values())) {
            boolean hash = distribution.kind().equals(Distribution.Kind.HASH.name());
            if (hash && columns.isEmpty()) {
                errors.invalid(field + ".columns", "must name at least one column for HASH.");
            } else if (!hash && !columns.isEmpty()) {
                errors.invalid(field + ".columns", "belongs to HASH.");
            }
        }
        if (columns.size() > MAXIMUM_DISTRIBUTION_COLUMNS) {
            errors.invalid(field + ".columns", "must be at most " + MAXIMUM_DISTRIBUTION_COLUMNS + ".");
        } else {
            names(errors, field + ".columns", columns);
        }
    }

    private static void names(FieldErrors errors, String field, List<@Nullable String> names) {
        Set<@Nullable String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            EndpointRules.name(errors, field + "[" + i + "]", names.get(i));
            if (!seen.add(names.get(i))) {
                errors.invalid(field + "[" + i + "]", "must not be named twice.");
            }
        }
    }

    static void checkPattern(FieldErrors errors, String field, @Nullable String schema, @Nullable String table) {
        EndpointRules.name(errors, field + ".schema", schema);
        EndpointRules.name(errors, field + ".table", table);
    }
}
