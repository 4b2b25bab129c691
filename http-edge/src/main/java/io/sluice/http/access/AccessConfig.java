package io.sluice.http.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Who may call. */
@ConfigMapping(prefix = "sluice")
public interface AccessConfig {

    /** The bearer token of the administrator, from {@code SLUICE_ADMIN_TOKEN}; the service does not start without. */
    Optional<String> adminToken();

    /**
     * Paths that need no token, set by the service itself: an exact path, or all below one that ends with {@code /*}.
     * {@code /q/*} (health, metrics, OpenAPI) is always open.
     */
    @WithDefault("/q/*")
    List<String> publicPaths();

    FailedLogins failedLogins();

    Oidc oidc();

    /** When an address has sent so many invalid tokens that the next ones are answered 429. */
    interface FailedLogins {

        /** Within the window; at least 1. */
        @WithDefault("10")
        int limit();

        @WithDefault("1m")
        Duration window();
    }

    /** Access tokens of an OpenID Connect issuer; none are taken without an issuer. */
    interface Oidc {

        /** The issuer's address, below which {@code /.well-known/openid-configuration} is found. */
        Optional<String> issuer();

        /** What {@code aud} must hold; required with an issuer, since a token for another service must not count here. */
        Optional<String> audience();

        /** The claim that names the roles; {@code /} leads into objects, as in {@code realm_access/roles}. */
        @WithDefault("groups")
        String rolesClaim();

        /** What the roles of Sluice begin with among the claim's values. */
        @WithDefault("sluice-")
        String rolePrefix();

        /** The claim that names the caller in histories and in the audit trail. */
        @WithDefault("sub")
        String nameClaim();

        /** Name of the Quarkus TLS configuration for calls to the issuer. */
        Optional<String> tlsConfigurationName();
    }
}
