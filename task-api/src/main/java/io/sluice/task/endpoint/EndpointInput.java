package io.sluice.task.endpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Tls;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A database as users describe it; nothing is checked before {@link EndpointRules} has looked.
 *
 * @param dialect of a target only; {@code postgresql} when absent
 * @param port 5432 when absent
 */
public record EndpointInput(
        @Schema(
                enumeration = {"postgresql", "citus", "opengauss", "gaussdb-distributed"},
                defaultValue = "postgresql",
                description = "of a target only")
        @Nullable
        String dialect,

        @Schema(required = true) @Nullable String host,

        @Schema(minimum = "1", maximum = "65535", defaultValue = "5432") @Nullable
        Integer port,

        @Schema(required = true) @Nullable String database,
        @Schema(required = true) @Nullable String username,

        @Schema(required = true, implementation = String.class, writeOnly = true) @Nullable
        Secret password,

        @Nullable TlsInput tls) {

    private static final int DEFAULT_PORT = 5432;

    /**
     * Every secret sealed for a task. Only after {@link EndpointRules} found nothing.
     *
     * @param context what the secrets are sealed for: the task's id
     */
    public Endpoint sealed(SecretSeal seal, String context) {
        return new Endpoint(
                given(host),
                port == null ? DEFAULT_PORT : port,
                given(database),
                given(username),
                seal.seal(context, password == null ? new Secret("") : password),
                tls == null ? Tls.DISABLED : tls.sealed(seal, context));
    }

    public Dialect targetDialect() {
        return dialect == null ? Dialect.POSTGRESQL : Dialect.of(dialect);
    }

    private static <T> T given(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("endpoint: used before it was checked");
        }
        return value;
    }

    /** As it comes back to users: without the password in any form. */
    @Schema(name = "EndpointView")
    public record View(
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Dialect dialect,

            String host,
            int port,
            String database,
            String username,
            TlsInput.View tls) {

        /** @param dialect null for a source */
        public static View of(Endpoint endpoint, @Nullable Dialect dialect) {
            return new View(
                    dialect,
                    endpoint.host(),
                    endpoint.port(),
                    endpoint.database(),
                    endpoint.username(),
                    TlsInput.View.of(endpoint.tls()));
        }
    }
}
