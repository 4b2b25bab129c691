package io.sluice.contracts.task;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What proves to a server who connects, in clear, in memory only.
 *
 * @param clientKey PEM; null when no client certificate is shown
 * @param clientKeyPassword null when the key is not encrypted
 */
public record Credentials(
        Secret password,
        @Nullable Secret clientKey,
        @Nullable Secret clientKeyPassword) {

    /** Nothing but a password. */
    public static Credentials of(Secret password) {
        return new Credentials(password, null, null);
    }

    /** Opens every secret of an endpoint. */
    public static Credentials of(Endpoint endpoint, Function<SealedSecret, Secret> opener) {
        Tls tls = endpoint.tls();
        return new Credentials(
                opener.apply(endpoint.password()),
                tls.clientKey() == null ? null : opener.apply(tls.clientKey()),
                tls.clientKeyPassword() == null ? null : opener.apply(tls.clientKeyPassword()));
    }
}
