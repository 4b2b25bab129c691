package io.sluice.task.endpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Tls;
import io.sluice.contracts.task.TlsMode;
import io.sluice.postgres.tls.Certificates;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * @param mode a {@link TlsMode}; {@code DISABLE} when absent
 * @param caCertificate PEM of the authorities that may have signed the server's certificate; the JVM's when absent
 * @param clientCertificate PEM, when the server asks for one; with {@code clientKey}
 * @param clientKey PEM: PKCS#8, PKCS#1 or EC; PKCS#8 may be encrypted
 * @param clientKeyPassword of an encrypted key
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

    TlsMode tlsMode() {
        return mode == null ? TlsMode.DISABLE : TlsMode.valueOf(mode);
    }

    Tls sealed(SecretSeal seal, String context) {
        boolean identified = clientCertificate != null && clientKey != null;
        return new Tls(
                tlsMode(),
                caCertificate == null ? null : Certificates.only(caCertificate),
                identified && clientCertificate != null ? Certificates.only(clientCertificate) : null,
                identified && clientKey != null ? seal.seal(context, clientKey) : null,
                identified && clientKeyPassword != null ? seal.seal(context, clientKeyPassword) : null);
    }

    /** As it comes back to users: certificates are public, keys are not. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "TlsView")
    public record View(
            TlsMode mode,
            @Nullable String caCertificate,
            @Nullable String clientCertificate) {

        static View of(Tls tls) {
            return new View(tls.mode(), tls.caCertificate(), tls.clientCertificate());
        }
    }
}
