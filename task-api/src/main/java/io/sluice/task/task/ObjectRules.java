package io.sluice.task.task;

import io.sluice.task.endpoint.EndpointRules;
import io.sluice.task.endpoint.FieldErrors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules for the choice of tables. */
final class ObjectRules {

    private static final String BOOKKEEPING_SCHEMA = "_sluice";
    private static final int FILTER_LENGTH = 512;
    private static final int MAXIMUM_PATTERNS = 10_000;

    private ObjectRules() {}

    static void check(FieldErrors errors, TaskInput.@Nullable Objects objects) {
        List<TaskInput.@Nullable Include> include = objects == null ? null : objects.include();
        if (include == null || include.isEmpty()) {
            errors.invalid(
                    "objects.include",
                    "must name at least one table, as in [{\"schema\": \"public\", \"table\": \"*\"}].");
            return;
        }
        size(errors, "objects.include", include.size());
        for (int i = 0; i < include.size(); i++) {
            checkInclude(errors, "objects.include[" + i + "]", include.get(i));
        }
        List<TaskInput.@Nullable Exclude> exclude = objects.exclude();
        if (exclude != null) {
            size(errors, "objects.exclude", exclude.size());
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

    private static void size(FieldErrors errors, String field, int size) {
        if (size > MAXIMUM_PATTERNS) {
            errors.invalid(field, "must have at most " + MAXIMUM_PATTERNS + " entries; use * and ?.");
        }
    }

    private static void checkInclude(FieldErrors errors, String field, TaskInput.@Nullable Include include) {
        if (include == null) {
            errors.invalid(field, "must be {\"schema\": ..., \"table\": ...}.");
            return;
        }
        checkPattern(errors, field, include.schema(), include.table());
        if (BOOKKEEPING_SCHEMA.equals(include.schema())) {
            errors.invalid(field + ".schema", "must not be " + BOOKKEEPING_SCHEMA + ", which is Sluice's own.");
        }
        errors.unavailableUnlessNull(field + ".targetSchema", include.targetSchema());
        errors.unavailableUnlessNull(field + ".targetTable", include.targetTable());
        errors.unavailableUnlessNull(field + ".columns", include.columns());
        errors.unavailableUnlessNull(field + ".distribution", include.distribution());
        String filter = include.filter();
        if (filter != null && (filter.length() > FILTER_LENGTH || filter.contains(";"))) {
            errors.invalid(
                    field + ".filter", "must be one SQL condition of at most " + FILTER_LENGTH + " characters, no ;.");
        }
        errors.unavailableUnlessNull(field + ".filter", filter);
    }

    private static void checkPattern(
            FieldErrors errors, String field, @Nullable String schema, @Nullable String table) {
        EndpointRules.name(errors, field + ".schema", schema);
        EndpointRules.name(errors, field + ".table", table);
    }
}
