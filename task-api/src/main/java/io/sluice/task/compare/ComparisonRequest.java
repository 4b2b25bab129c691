package io.sluice.task.compare;

import io.sluice.contracts.errand.ComparisonKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for.
 *
 * @param tables names at the source, as {@code schema.table}; all of the task's when left out
 * @param at when, within a year; at once when left out
 * @param every again and again after so long, as in {@code PT6H}; at least a minute
 * @param workers tables compared at a time
 * @param maxRowsPerSecond rows read on each side
 */
public record ComparisonRequest(
        @Schema(required = true) @Nullable ComparisonKind kind,
        @Nullable List<@Nullable String> tables,
        @Nullable Instant at,

        @Schema(type = SchemaType.STRING, format = "duration") @Nullable
        Duration every,

        @Schema(minimum = "1", maximum = "16", defaultValue = "2") @Nullable
        Integer workers,

        @Schema(minimum = "1") @Nullable Long maxRowsPerSecond) {}
