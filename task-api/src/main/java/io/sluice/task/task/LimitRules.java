package io.sluice.task.task;

import io.sluice.task.endpoint.FieldErrors;
import org.jspecify.annotations.Nullable;

/** The rules for workers and limits. */
final class LimitRules {

    static final int DEFAULT_WORKERS = 4;

    private static final int MAXIMUM_WORKERS = 64;
    private static final int MAXIMUM_WINDOWS = 3;

    private LimitRules() {}

    static void check(
            FieldErrors errors, TaskInput.@Nullable FullLoad load, TaskInput.@Nullable Incremental incremental) {
        if (load != null) {
            errors.range("fullLoad.workers", load.workers(), 1, MAXIMUM_WORKERS);
            limit(errors, "fullLoad.maxRowsPerSecond", load.maxRowsPerSecond());
            limit(errors, "fullLoad.maxBytesPerSecond", load.maxBytesPerSecond());
            limit(errors, "fullLoad.maxQueriesPerSecond", load.maxQueriesPerSecond());
            if (load.windows() != null && load.windows().size() > MAXIMUM_WINDOWS) {
                errors.invalid("fullLoad.windows", "must be at most " + MAXIMUM_WINDOWS + ".");
            }
            if (load.windows() != null && !load.windows().isEmpty()) {
                errors.unavailable("fullLoad.windows", "does not work yet; leave it out.");
            }
        }
        if (incremental != null) {
            limit(errors, "incremental.maxRowsPerSecond", incremental.maxRowsPerSecond());
            limit(errors, "incremental.maxBytesPerSecond", incremental.maxBytesPerSecond());
        }
    }

    private static void limit(FieldErrors errors, String field, @Nullable Long value) {
        if (value != null && value < 1) {
            errors.invalid(field, "must be at least 1; null is no limit.");
        }
        errors.unavailableUnlessNull(field, value);
    }
}
