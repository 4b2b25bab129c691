package io.sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of every error answer, as {@code application/problem+json} (RFC 9457).
 *
 * @param type a URN that names the code; it is no address
 * @param detail what is wrong and what to do, without secrets, row data or internals
 * @param violations what is wrong, the first 200 at most, when that is more than {@code detail} says; absent when empty
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

    /** More would help nobody, and a small request could ask for an answer of any size. */
    static final int MOST_VIOLATIONS = 200;

    /** Characters of all of them; the one that goes beyond it is the last. */
    static final int LONGEST_LIST = 100_000;

    /** Characters of one field or sentence, which may hold what was sent. The fix of a precheck, as SQL, is shorter. */
    static final int LONGEST_TEXT = 20_000;

    public Problem {
        violations = List.copyOf(violations);
    }

    static Problem of(ErrorCode code, String detail, List<Violation> violations, @Nullable String instance) {
        List<Violation> listed = first(violations);
        String said = cut(detail)
                + (listed.size() == violations.size()
                        ? ""
                        : " The first " + listed.size() + " of " + violations.size() + " are listed.");
        String words = code.name().replace('_', ' ').toLowerCase(Locale.ROOT);
        String title = Character.toUpperCase(words.charAt(0)) + words.substring(1);
        return new Problem(
                "urn:sluice:problem:" + code,
                title,
                code.httpStatus(),
                said,
                code,
                listed,
                instance == null ? null : cut(instance));
    }

    private static List<Violation> first(List<Violation> violations) {
        List<Violation> first = new ArrayList<>();
        int length = 0;
        for (Violation violation : violations) {
            if (first.size() == MOST_VIOLATIONS || length > LONGEST_LIST) {
                break;
            }
            first.add(new Violation(cut(violation.field()), violation.code(), cut(violation.message())));
            length +=
                    first.getLast().field().length() + first.getLast().message().length();
        }
        return first;
    }

    private static String cut(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
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
