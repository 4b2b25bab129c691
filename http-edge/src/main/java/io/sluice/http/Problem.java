package io.sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of every error answer, as {@code application/problem+json} (RFC 9457).
 *
 * @param type a URN that names the code; it is no address
 * @param detail what is wrong and what to do, without secrets, row data or internals
 * @param violations everything that is wrong, when that is more than {@code detail} says; absent when empty
 * @param instance path of the request
 */
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        ErrorCode code,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Violation> violations,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String instance) {

    public static final String MEDIA_TYPE = "application/problem+json";

    public Problem {
        violations = List.copyOf(violations);
    }

    static Problem of(ErrorCode code, String detail, List<Violation> violations, @Nullable String instance) {
        String words = code.name().replace('_', ' ').toLowerCase(Locale.ROOT);
        String title = Character.toUpperCase(words.charAt(0)) + words.substring(1);
        return new Problem("urn:sluice:problem:" + code, title, code.httpStatus(), detail, code, violations, instance);
    }

    public static Problem of(ErrorCode code, String detail, @Nullable String instance) {
        return of(code, detail, List.of(), instance);
    }

    static Problem of(SluiceException exception, @Nullable String instance) {
        return of(exception.code(), String.valueOf(exception.getMessage()), exception.violations(), instance);
    }

    /** The same problem under another status of its kind. */
    Problem withStatus(int otherStatus) {
        return new Problem(type, title, otherStatus, detail, code, violations, instance);
    }
}
