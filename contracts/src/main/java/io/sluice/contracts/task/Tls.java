package io.sluice.contracts.task;

import org.jspecify.annotations.Nullable;

/**
 * @param caCertificate PEM of the authorities that may sign the server's certificate; without it the JVM's own are
 *     trusted
 */
public record Tls(TlsMode mode, @Nullable String caCertificate) {

    public static final Tls DISABLED = new Tls(TlsMode.DISABLE, null);
}
