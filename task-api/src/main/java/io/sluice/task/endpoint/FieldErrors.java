package io.sluice.task.endpoint;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Collects everything that is wrong with a request, so that one answer tells it all. For one request; not thread-safe.
 */
public final class FieldErrors {

    private final List<Violation> invalid = new ArrayList<>();
    private final List<Violation> unavailable = new ArrayList<>();

    /** @param message goes on after the field's name: "must be ..." */
    public void invalid(String field, String message) {
        invalid.add(new Violation(field, ErrorCode.VALIDATION_FAILED, message));
    }

    /** The field is part of the contract and does not work yet. */
    public void unavailable(String field, String message) {
        unavailable.add(new Violation(field, ErrorCode.NOT_AVAILABLE, message));
    }

    public void unavailableUnlessNull(String field, @Nullable Object value) {
        if (value != null) {
            unavailable(field, "does not work yet; leave it out.");
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

    public List<Violation> invalid() {
        return List.copyOf(invalid);
    }

    public List<Violation> unavailable() {
        return List.copyOf(unavailable);
    }

    /** @throws SluiceException {@code VALIDATION_FAILED} with all that is invalid, else {@code NOT_AVAILABLE} with all that does not work yet */
    public void throwIfAny() {
        if (!invalid.isEmpty()) {
            Violation first = invalid.getFirst();
            String detail = first.field() + " " + first.message();
            String more = invalid.size() == 1 ? "" : " And " + (invalid.size() - 1) + " more; see violations.";
            throw new SluiceException(detail + more, invalid);
        }
        if (!unavailable.isEmpty()) {
            String fields =
                    unavailable.stream().map(Violation::field).distinct().collect(Collectors.joining(", "));
            throw new SluiceException("This version cannot do that yet: " + fields + ".", unavailable);
        }
    }
}
