package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The ETag of a task: its version in quotes (RFC 9110, sections 8.8.3 and 13.1.1). */
final class ETags {

    private ETags() {}

    static String of(long version) {
        return "\"" + version + "\"";
    }

    /**
     * @throws SluiceException {@code PRECONDITION_REQUIRED} without a condition, {@code PRECONDITION_FAILED} when it names
     *     other versions
     */
    static void require(@Nullable String ifMatch, long version) {
        if (ifMatch == null || ifMatch.isBlank()) {
            throw new SluiceException(
                    ErrorCode.PRECONDITION_REQUIRED,
                    "Send If-Match with the ETag of the task as you read it, so that nobody else's change is undone.");
        }
        boolean met = Arrays.stream(ifMatch.split(","))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(of(version)));
        if (!met) {
            throw stale(version);
        }
    }

    static SluiceException stale(long version) {
        return new SluiceException(
                ErrorCode.PRECONDITION_FAILED,
                "The task was changed meanwhile; its ETag is " + of(version) + " now. Read it again.");
    }
}
