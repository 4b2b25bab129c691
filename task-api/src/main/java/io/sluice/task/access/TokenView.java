package io.sluice.task.access;

import io.sluice.contracts.access.Role;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An API token as administrators see it.
 *
 * @param lastUsedAt at the task API, to the minute; null when never
 */
@Schema(name = "Token")
record TokenView(
        String id,
        String name,

        @Schema(enumeration = {"viewer", "operator", "admin"})
        Role role,

        List<String> projects,
        Instant createdAt,
        String createdBy,
        Instant expiresAt,
        @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt) {

    static TokenView of(TokenRow row) {
        return new TokenView(
                row.key(),
                row.name,
                row.grantedRole(),
                row.projectNames(),
                row.createdAt,
                row.createdBy,
                row.expiresAt,
                row.revokedAt,
                row.lastUsedAt);
    }
}
