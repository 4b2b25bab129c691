package io.sluice.task.exceptions;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An object that is not on the target as it is at the source.
 *
 * @param kind as in {@code FOREIGN_KEY}
 * @param state FAILED: the target refused it; SKIPPED: it was left out on purpose
 * @param sqlState what the target answered; null when it was not asked
 * @param ddl the whole statement that makes it; empty when there is none
 */
@Schema(name = "StructureObject")
public record StructureObject(
        String kind,
        String name,

        @Schema(enumeration = {"FAILED", "SKIPPED"}) String state,

        String reason,
        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String sqlState,
        String ddl) {}
