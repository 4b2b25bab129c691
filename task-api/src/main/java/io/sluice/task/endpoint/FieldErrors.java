package io.sluice.task.endpoint;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects everything that is wrong with a request, so that one answer tells it all. For one request; not thread-safe.
 */
public final class FieldErrors {

    /** More would help nobody, and a small request could ask for an answer of any size. */
    private static final int MOST = 200;

    private final List<Violation> invalid = new ArrayList<>();
    private int more;

    /** @param message goes on after the field's name: "must be ..." */
    public void invalid(String field, String message) {
        if (invalid.size() < MOST) {
            invalid.add(new Violation(field, ErrorCode.VALIDATION_FAILED, message));
        } else {
            more++;
        }
    }

    /** @return the value is there and keeps the rule, so that further rules make sense */
    public boolean text(String field, @Nullable String value, int maximum) {
        if (value == null || value.isBlank()) {
            invalid(field, "must be given.");
            return false;
        }
        if (value.length() > maximum) {
            invalid(field, "must have at most " + maximum + " characters.");
            return false;
        }
        return characters(field, value);
    }

    /** Characters that no name and no description needs, and that a database could not store. */
    public boolean characters(String field, String value) {
        if (value.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)) {
            invalid(field, "must not hold control characters, nor halves of surrogate pairs.");
            return false;
        }
        return true;
    }

    public void range(String field, @Nullable Integer value, int minimum, int maximum) {
        if (value != null && (value < minimum || value > maximum)) {
            invalid(field, "must be a whole number between " + minimum + " and " + maximum + ".");
        }
    }

    /** The first 200. */
    public List<Violation> invalid() {
        return List.copyOf(invalid);
    }

    /** @throws SluiceException {@code VALIDATION_FAILED} with all that is invalid */
    public void throwIfAny() {
        if (!invalid.isEmpty()) {
            Violation first = invalid.getFirst();
            String detail = first.field() + " " + first.message();
            int others = invalid.size() - 1 + more;
            throw new SluiceException(
                    detail + (others == 0 ? "" : " And " + others + " more; see violations."), invalid);
        }
    }
}
