package io.sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a list.
 *
 * @param limit items at most, 1-200
 * @param after key of the last item of the page before; null for the first page
 */
public record PageRequest(int limit, @Nullable String after) {

    private static final int DEFAULT_LIMIT = 50;
    private static final int MAXIMUM_LIMIT = 200;

    public PageRequest {
        if (limit < 1 || limit > MAXIMUM_LIMIT) {
            throw invalid("limit", "must be a whole number between 1 and " + MAXIMUM_LIMIT + ".");
        }
    }

    /** From the query parameters {@code limit} and {@code cursor}. */
    public static PageRequest of(@Nullable String limit, @Nullable String cursor) {
        return new PageRequest(limit == null ? DEFAULT_LIMIT : number(limit), cursor == null ? null : key(cursor));
    }

    /** How many items to read to know whether there is a next page. */
    public int fetchSize() {
        return limit + 1;
    }

    static String cursor(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(UTF_8));
    }

    private static String key(String cursor) {
        try {
            String key = new String(Base64.getUrlDecoder().decode(cursor), UTF_8);
            if (key.indexOf('\0') >= 0) {
                throw invalidCursor();
            }
            return key;
        } catch (IllegalArgumentException e) {
            throw invalidCursor();
        }
    }

    /** For a service that finds that a cursor is none of its own. */
    public static SluiceException invalidCursor() {
        return invalid("cursor", "must be the nextCursor of an earlier answer.");
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static SluiceException invalid(String field, String message) {
        return new SluiceException(
                field + " " + message, List.of(new Violation(field, ErrorCode.VALIDATION_FAILED, message)));
    }
}
