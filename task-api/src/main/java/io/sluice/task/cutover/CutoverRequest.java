package io.sluice.task.cutover;

import io.sluice.contracts.errand.Errand.FinalComparison;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for.
 *
 * @param readOnlySource new sessions of the source's database may not write (default_transaction_read_only)
 * @param endSessions also end the sessions that are open there; only with readOnlySource
 * @param endSessionsOf only those of these roles; of every role when it is missing or empty; only with endSessions
 * @param compare what is compared before the fence
 * @param sequenceMargin how far sequences of the target are set past the source's
 */
public record CutoverRequest(
        @Schema(defaultValue = "false") @Nullable Boolean readOnlySource,
        @Schema(defaultValue = "false") @Nullable Boolean endSessions,
        @Schema(maxItems = 100) @Nullable List<String> endSessionsOf,
        @Schema(defaultValue = "RECENT") @Nullable FinalComparison compare,
        @Schema(minimum = "0", defaultValue = "0") @Nullable Long sequenceMargin) {}
