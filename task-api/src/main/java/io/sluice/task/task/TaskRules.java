package io.sluice.task.task;

import io.sluice.contracts.task.SyncMode;
import io.sluice.task.endpoint.EndpointRules;
import io.sluice.task.endpoint.FieldErrors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of the contract for a task. What is valid and does not work yet is {@link UnfinishedFields}' matter. */
final class TaskRules {

    static final int CONNECTION_MINUTES = 720;
    static final int OTHER_MINUTES = 10;
    static final int AUTO_STOP_DAYS = 14;
    private static final String DEFAULT_PROJECT = "default";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{3,49}");
    private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern FORBIDDEN = Pattern.compile("[!=<>&'\"\\\\]");
    private static final int DESCRIPTION_LENGTH = 256;
    static final int MAXIMUM_TAGS = 10;
    private static final int TAG_LENGTH = 128;

    private TaskRules() {}

    static String project(TaskInput input) {
        return input.project() == null ? DEFAULT_PROJECT : input.project();
    }

    /** For a new task. */
    static FieldErrors check(TaskInput input) {
        return check(input, true, true);
    }

    /**
     * @param newSourceTls the source's certificates are new, and must be valid now
     * @param newTargetTls the target's certificates are new, and must be valid now
     */
    static FieldErrors check(TaskInput input, boolean newSourceTls, boolean newTargetTls) {
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
        oneOf(errors, "mode", input.mode(), SyncMode.values());
        EndpointRules.check(errors, "source", input.source(), false, newSourceTls);
        EndpointRules.check(errors, "target", input.target(), true, newTargetTls);
        ObjectRules.check(errors, input.objects());
        ChangeRules.check(errors, input);
        LimitRules.check(errors, input.fullLoad(), input.incremental());
        StartRules.check(errors, input);
        checkRetry(errors, input.retry());
        checkAlerts(errors, input.alerts());
        errors.range("autoStopDays", input.autoStopDays(), 14, 100);
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
        errors.characters("description", description.replace('\n', ' ').replace('\t', ' '));
    }

    private static void checkTags(FieldErrors errors, @Nullable Map<String, String> tags) {
        if (tags == null) {
            return;
        }
        if (tags.size() > MAXIMUM_TAGS) {
            errors.invalid("tags", "must be at most " + MAXIMUM_TAGS + ".");
            return;
        }
        tags.forEach((tag, value) -> {
            errors.text("tags", tag, TAG_LENGTH);
            if (isNull(value) || value.length() > TAG_LENGTH) {
                errors.invalid("tags." + tag, "must be text of at most " + TAG_LENGTH + " characters.");
            } else {
                errors.characters("tags." + tag, value);
            }
        });
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
    }

    /** @return the value is there and known */
    static boolean oneOf(FieldErrors errors, String field, @Nullable String value, Enum<?>[] known) {
        if (value == null) {
            return false;
        }
        List<String> names = Arrays.stream(known).map(Enum::name).toList();
        if (!names.contains(value)) {
            errors.invalid(field, "must be one of " + String.join(", ", names) + ".");
            return false;
        }
        return true;
    }

    private static boolean isNull(@Nullable Object value) {
        return value == null;
    }
}
