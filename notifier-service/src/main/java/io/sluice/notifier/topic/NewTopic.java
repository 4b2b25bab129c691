package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A topic as it is asked for.
 *
 * @param displayName the name when absent
 */
record NewTopic(@Nullable String name, @Nullable String displayName) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern DISPLAY_NAME = Pattern.compile("[^\\p{Cc}\\p{Cs}]{1,128}");

    /** @throws SluiceException {@code VALIDATION_FAILED}, naming every field that breaks a rule */
    Valid validated() {
        List<Violation> violations = new ArrayList<>();
        if (name == null || !NAME.matcher(name).matches()) {
            violations.add(violation("name", "must be 1-64 letters, digits, - or _."));
        }
        if (displayName != null
                && (displayName.isBlank() || !DISPLAY_NAME.matcher(displayName).matches())) {
            violations.add(violation("displayName", "must be 1-128 characters, without control characters."));
        }
        if (name == null || !violations.isEmpty()) {
            Violation first = violations.getFirst();
            throw new SluiceException(first.field() + " " + first.message(), violations);
        }
        return new Valid(name, displayName == null ? name : displayName);
    }

    private static Violation violation(String field, String message) {
        return new Violation(field, ErrorCode.VALIDATION_FAILED, message);
    }

    /** One that keeps the rules. */
    record Valid(String name, String displayName) {}
}
