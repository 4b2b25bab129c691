package io.sluice.task.exceptions;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A change that is not on the target.
 *
 * @param table {@code schema.table} of the source
 * @param before every value as PostgreSQL's text; null where the source sends none
 * @param sqlState why the target refused it; null for a change that waits behind an earlier one of the same row
 * @param requested what a user has asked for and apply has not done yet
 * @param code of an error that belongs to the whole table; null for a change that was refused
 * @param statement the command of the source that was not carried over; null when it is none
 */
@Schema(name = "RefusedChange")
public record ExceptionView(
        long number,
        String table,

        @Schema(enumeration = {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "PARTITION", "COMMAND", "DDL", "SUSPENSION"})
        String operation,

        List<String> keyColumns,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Map<String, @Nullable String> key,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Map<String, @Nullable String> before,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Map<String, @Nullable String> after,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String sqlState,
        String message,
        Position position,

        @Schema(enumeration = {"OPEN", "RETRIED", "SKIPPED"})
        String state,

        @JsonInclude(JsonInclude.Include.ALWAYS) @Schema(enumeration = {"RETRY", "SKIP"}) @Nullable
        String requested,

        Instant at,
        Instant changedAt,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String code,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String statement) {

    /**
     * Where the change stands at the source.
     *
     * @param order within its transaction, from 1
     */
    public record Position(String commitLsn, long xid, long order, Instant committedAt) {}
}
