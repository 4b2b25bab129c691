package io.sluice.http.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request that was to change something, and its outcome; never its body.
 *
 * @param id grows with time
 * @param operation method and template of the path, as in {@code POST /api/v1/tasks/{id}/start}
 * @param path as it was sent, without its query
 * @param task id of the task that it was about; null for none
 * @param status of the answer; 0 while there is none, and for ever when the service ended before it could answer
 * @param address where the request came from
 */
public record AuditEntry(
        long id,
        Instant at,
        String actor,
        String operation,
        String path,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String task,
        int status,
        String address) {

    private static final int LONGEST_PATH = 500;

    public AuditEntry {
        path = path.length() > LONGEST_PATH ? path.substring(0, LONGEST_PATH) : path;
    }
}
