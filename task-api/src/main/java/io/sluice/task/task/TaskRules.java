package io.sluice.task.task;

import io.sluice.contracts.task.SyncMode;
import io.sluice.task.endpoint.EndpointRules;
import io.sluice.task.endpoint.FieldErrors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of the contract for a task, and which of its fields do not work yet. */
final class TaskRules {

    static final int CONNECTION_MINUTES = 720;
    static final int OTHER_MINUTES = 10;
    static final String DEFAULT_PROJECT = "default";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{3,49}");
    private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern FORBIDDEN = Pattern.compile("[!=<>&'\"\\\\]");
    private static final int DESCRIPTION_LENGTH = 256;
    private static final int MAXIMUM_TAGS = 10;
    private static final int TAG_LENGTH = 128;
    private static final Set<String> ROW_OPERATIONS = Set.of("INSERT", "UPDATE", "DELETE", "TRUNCATE");

    private TaskRules() {}

    static FieldErrors check(TaskInput input) {
        FieldErrors errors = new FieldErrors();
        if (input.name() == null || !NAME.matcher(input.name()).matches()) {
            errors.invalid(
                    "name",
                    "must have 4 to 50 characters: a letter first, then letters, digits, hyphens, underscores.");
        }
        checkDescription(errors, input.description());
        if (input.project() != null && !PROJECT.matcher(input.project()).matches()) {
            errors.invalid(
                    "project", "must have at most 64 letters, digits, dots, hyphens, underscores; no sign first.");
        }
        checkTags(errors, input.tags());
        checkMode(errors, input.mode());
        EndpointRules.check(errors, "source", input.source(), false);
        EndpointRules.check(errors, "target", input.target(), true);
        ObjectRules.check(errors, input.objects());
        checkStructure(errors, input.structure());
        checkChanges(errors, input.changes());
        if (input.transforms() != null && !input.transforms().isEmpty()) {
            errors.unavailable("transforms", "does not work yet; leave it out.");
        }
        LimitRules.check(errors, input.fullLoad(), input.incremental());
        checkRetry(errors, input.retry());
        checkAlerts(errors, input.alerts());
        errors.range("autoStopDays", input.autoStopDays(), 14, 100);
        errors.unavailableUnlessNull("autoStopDays", input.autoStopDays());
        return errors;
    }

    private static void checkDescription(FieldErrors errors, @Nullable String description) {
        if (description == null) {
            return;
        }
        if (description.length() > DESCRIPTION_LENGTH) {
            errors.invalid("description", "must have at most " + DESCRIPTION_LENGTH + " characters.");
        }
        if (FORBIDDEN.matcher(description).find()) {
            errors.invalid("description", "must not hold any of ! = < > & ' \" \\.");
        }
        if (description.indexOf('\0') >= 0) {
            errors.invalid("description", "must not hold NUL.");
        }
    }

    private static void checkTags(FieldErrors errors, @Nullable Map<String, String> tags) {
        if (tags == null) {
            return;
        }
        if (tags.size() > MAXIMUM_TAGS) {
            errors.invalid("tags", "must be at most " + MAXIMUM_TAGS + ".");
        }
        tags.forEach((tag, value) -> {
            if (tag.isBlank() || tag.length() > TAG_LENGTH || tag.chars().anyMatch(Character::isISOControl)) {
                errors.invalid("tags", "must have names of 1 to " + TAG_LENGTH + " printable characters.");
            }
            if (isNull(value) || value.length() > TAG_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
                errors.invalid("tags." + tag, "must have at most " + TAG_LENGTH + " printable characters.");
            }
        });
    }

    private static void checkMode(FieldErrors errors, @Nullable String mode) {
        if (oneOf(errors, "mode", mode, names(SyncMode.values()))
                && SyncMode.INCREMENTAL.name().equals(mode)) {
            errors.unavailable("mode", "INCREMENTAL does not work yet; FULL_AND_INCREMENTAL and FULL do.");
        }
    }

    private static void checkStructure(FieldErrors errors, TaskInput.@Nullable Structure structure) {
        if (structure == null) {
            return;
        }
        if (Boolean.FALSE.equals(structure.enabled())) {
            errors.unavailable("structure.enabled", "false does not work yet.");
        }
        errors.unavailableUnlessNull("structure.kinds", structure.kinds());
        onlyDefault(errors, "structure.existingTable", structure.existingTable(), List.of("FAIL", "KEEP", "TRUNCATE"));
        onlyDefault(errors, "structure.nameCase", structure.nameCase(), List.of("SOURCE", "LOWER", "UPPER"));
    }

    private static void checkChanges(FieldErrors errors, TaskInput.@Nullable Changes changes) {
        if (changes == null) {
            return;
        }
        if (changes.operations() != null) {
            checkOperations(errors, changes.operations());
        }
        onlyDefault(errors, "changes.conflict", changes.conflict(), List.of("OVERWRITE", "IGNORE", "STOP"));
        errors.range("changes.lanes", changes.lanes(), 1, 64);
        if (changes.lanes() != null && changes.lanes() > 1) {
            errors.unavailable("changes.lanes", "more than 1 does not work yet.");
        }
    }

    private static void checkOperations(FieldErrors errors, List<@Nullable String> operations) {
        boolean known = operations.stream()
                .allMatch(operation ->
                        operation != null && (ROW_OPERATIONS.contains(operation) || "DDL".equals(operation)));
        if (!known) {
            errors.invalid("changes.operations", "must be of INSERT, UPDATE, DELETE, TRUNCATE, DDL.");
        } else if (operations.contains("DDL")) {
            errors.unavailable("changes.operations", "DDL does not work yet.");
        } else if (!operations.containsAll(ROW_OPERATIONS)) {
            errors.unavailable(
                    "changes.operations",
                    "leaving operations out does not work yet; give INSERT, UPDATE, DELETE, TRUNCATE.");
        }
    }

    private static void checkRetry(FieldErrors errors, TaskInput.@Nullable Retry retry) {
        if (retry == null) {
            return;
        }
        errors.range("retry.connectionMinutes", retry.connectionMinutes(), 10, 1440);
        errors.range("retry.otherMinutes", retry.otherMinutes(), 1, 1440);
        int connection = retry.connectionMinutes() == null ? CONNECTION_MINUTES : retry.connectionMinutes();
        int other = retry.otherMinutes() == null ? OTHER_MINUTES : retry.otherMinutes();
        if (other >= connection) {
            errors.invalid("retry.otherMinutes", "must be less than retry.connectionMinutes (" + connection + ").");
        }
    }

    private static void checkAlerts(FieldErrors errors, TaskInput.@Nullable Alerts alerts) {
        if (alerts == null) {
            return;
        }
        if (alerts.topic() != null && !TOPIC.matcher(alerts.topic()).matches()) {
            errors.invalid(
                    "alerts.topic", "must be the name of a topic: 1 to 64 letters, digits, hyphens, underscores.");
        }
        errors.range("alerts.lagThresholdSeconds", alerts.lagThresholdSeconds(), 1, 3600);
        if (alerts.lagThresholdSeconds() != null && alerts.topic() == null) {
            errors.invalid("alerts.lagThresholdSeconds", "needs alerts.topic.");
        }
        errors.unavailableUnlessNull("alerts.lagThresholdSeconds", alerts.lagThresholdSeconds());
    }

    /** @param known the default first; the others do not work yet */
    private static void onlyDefault(FieldErrors errors, String field, @Nullable String value, List<String> known) {
        if (oneOf(errors, field, value, known) && value != null && !value.equals(known.getFirst())) {
            errors.unavailable(field, value + " does not work yet; " + known.getFirst() + " does.");
        }
    }

    private static boolean oneOf(FieldErrors errors, String field, @Nullable String value, List<String> known) {
        if (value != null && !known.contains(value)) {
            errors.invalid(field, "must be one of " + String.join(", ", known) + ".");
            return false;
        }
        return true;
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static boolean isNull(@Nullable Object value) {
        return value == null;
    }
}
