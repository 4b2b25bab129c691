package io.sluice.task.access;

import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.access.Role;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An API token as it is stored: without the token itself. */
@Entity
@Table(name = "api_token")
class TokenRow {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Nullable
    Long id;

    String name = "";

    String hash = "";

    String role = "";

    /** Separated by commas, which no name has. */
    String projects = "";

    @Column(name = "created_at")
    Instant createdAt = Instant.EPOCH;

    @Column(name = "created_by")
    String createdBy = "";

    @Column(name = "expires_at")
    Instant expiresAt = Instant.EPOCH;

    @Column(name = "revoked_at")
    @Nullable
    Instant revokedAt;

    @Column(name = "last_used_at")
    @Nullable
    Instant lastUsedAt;

    String key() {
        return String.valueOf(id);
    }

    Role grantedRole() {
        return Role.of(role);
    }

    List<String> projectNames() {
        return List.of(projects.split(","));
    }

    ApiToken token() {
        return new ApiToken(key(), name, hash, grantedRole(), projectNames(), expiresAt, revokedAt);
    }
}
