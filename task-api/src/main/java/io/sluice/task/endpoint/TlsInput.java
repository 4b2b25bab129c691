package io.sluice.task.endpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Tls;
import io.sluice.contracts.task.TlsMode;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * @param mode a {@link TlsMode}; {@code DISABLE} when absent
 * @param caCertificate PEM
 */
public record TlsInput(
        @Schema(
                enumeration = {"DISABLE", "REQUIRE", "VERIFY_CA", "VERIFY_FULL"},
                defaultValue = "DISABLE")
        @Nullable
        String mode,

        @Nullable String caCertificate,
        @Nullable String clientCertificate,

        @Schema(implementation = String.class, writeOnly = true) @Nullable
        Secret clientKey,

        @Schema(implementation = String.class, writeOnly = true) @Nullable
        Secret clientKeyPassword) {

    Tls tls() {
        return new Tls(mode == null ? TlsMode.DISABLE : TlsMode.valueOf(mode), caCertificate);
    }

    /** As it comes back to users. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record View(TlsMode mode, @Nullable String caCertificate) {

        static View of(Tls tls) {
            return new View(tls.mode(), tls.caCertificate());
        }
    }
}
