package io.sluice.task.access;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What access needs around the service: an issuer, and addresses that callers may choose. */
public final class AccessServers implements QuarkusTestResourceLifecycleManager {

    private @Nullable Issuer issuer;

    @Override
    public Map<String, String> start() {
        Issuer started = new Issuer();
        issuer = started;
        return Map.of(
                "sluice.oidc.issuer",
                started.url(),
                "sluice.oidc.audience",
                Issuer.AUDIENCE,
                "quarkus.http.proxy.proxy-address-forwarding",
                "true");
    }

    @Override
    public void stop() {
        if (issuer != null) {
            issuer.close();
        }
    }
}
