package io.sluice.http.access;

import io.quarkus.oidc.OidcRequestContext;
import io.quarkus.oidc.OidcTenantConfig;
import io.quarkus.oidc.TenantConfigResolver;
import io.quarkus.oidc.runtime.OidcTenantConfig.ApplicationType;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/**
 * The issuer of {@code sluice.oidc} as Quarkus wants it. Its keys are read with the first token, so that a service
 * starts while the issuer is away.
 */
@ApplicationScoped
class IssuerTenant implements TenantConfigResolver {

    private final @Nullable OidcTenantConfig tenant;

    IssuerTenant(AccessConfig config) {
        this.tenant = config.oidc()
                .issuer()
                .filter(text -> !text.isBlank())
                .map(issuer -> tenant(issuer.strip(), config.oidc()))
                .orElse(null);
    }

    boolean configured() {
        return tenant != null;
    }

    @Override
    public Uni<OidcTenantConfig> resolve(RoutingContext context, OidcRequestContext<OidcTenantConfig> request) {
        return tenant == null ? Uni.createFrom().nullItem() : Uni.createFrom().item(tenant);
    }

    private static OidcTenantConfig tenant(String issuer, AccessConfig.Oidc config) {
        String audience = config.audience()
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new IllegalStateException("SLUICE_OIDC_AUDIENCE is not set: SLUICE_OIDC_ISSUER needs"
                        + " it, since tokens that the issuer made for other services must not count here"));
        var builder = OidcTenantConfig.builder()
                .tenantId("sluice")
                .applicationType(ApplicationType.SERVICE)
                .authServerUrl(issuer)
                .token()
                .issuer(issuer)
                .audience(audience.strip())
                .allowJwtIntrospection(false)
                .allowOpaqueTokenIntrospection(false)
                .end();
        config.tlsConfigurationName().ifPresent(builder::tlsConfigurationName);
        return builder.build();
    }
}
