package io.sluice.http.access;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import java.util.Objects;

/** Callers in the shape that Quarkus carries from its authentication to its authorisation. */
final class Identities {

    private static final String CALLER = "sluice.caller";

    private Identities() {}

    static SecurityIdentity of(Caller caller) {
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(caller.name()))
                .addAttribute(CALLER, caller)
                .build();
    }

    static Caller caller(SecurityIdentity identity) {
        return Objects.requireNonNull(identity.getAttribute(CALLER), "caller");
    }
}
