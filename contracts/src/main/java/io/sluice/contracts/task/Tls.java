package io.sluice.contracts.task;

import io.sluice.contracts.secret.SealedSecret;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * @param caCertificate PEM of the authorities that may sign the server's certificate; without it the JVM's own are
 *     trusted
 * @param clientCertificate PEM of the certificate shown to the server, its own first, then what signed it; there is one
 *     exactly when there is a key
 * @param clientKey PEM of the private key of that certificate, sealed
 * @param clientKeyPassword of an encrypted key, sealed
 */
public record Tls(
        TlsMode mode,
        @Nullable String caCertificate,
        @Nullable String clientCertificate,
        @Nullable SealedSecret clientKey,
        @Nullable SealedSecret clientKeyPassword) {

    public static final Tls DISABLED = new Tls(TlsMode.DISABLE, null);

    public Tls {
        if ((clientCertificate == null) != (clientKey == null)) {
            throw new IllegalArgumentException("tls: a client certificate and its key belong together");
        }
    }

    /** Without a client certificate. */
    public Tls(TlsMode mode, @Nullable String caCertificate) {
        this(mode, caCertificate, null, null, null);
    }

    /** The same with other seals. */
    public Tls resealed(UnaryOperator<SealedSecret> reseal) {
        return new Tls(
                mode,
                caCertificate,
                clientCertificate,
                clientKey == null ? null : reseal.apply(clientKey),
                clientKeyPassword == null ? null : reseal.apply(clientKeyPassword));
    }
}
