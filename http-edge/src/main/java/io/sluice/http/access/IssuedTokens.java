package io.sluice.http.access;

import io.quarkus.oidc.OIDCException;
import io.quarkus.oidc.runtime.OidcAuthenticationMechanism;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jboss.logging.Logger;

/** Admits who sends an access token of the configured issuer; Quarkus verifies signature, issuer, audience and times. */
@ApplicationScoped
class IssuedTokens {

    private static final Logger LOG = Logger.getLogger(IssuedTokens.class);
    private static final String INVALID =
            "The access token is not valid: it must be signed by the configured issuer, be"
                    + " made for this service's audience and not be expired. Get a new one from the issuer.";

    private final IssuerTenant tenant;
    private final OidcAuthenticationMechanism mechanism;
    private final OidcGrants grants;
    private final Clock clock;

    IssuedTokens(IssuerTenant tenant, OidcAuthenticationMechanism mechanism, AccessConfig config, Clock clock) {
        this.clock = clock;
        this.tenant = tenant;
        this.mechanism = mechanism;
        this.grants = new OidcGrants(
                config.oidc().rolesClaim(),
                config.oidc().rolePrefix(),
                config.oidc().nameClaim());
    }

    /** A setting that is missing is found now. */
    void checkAtStart(@Observes StartupEvent started) {
        if (configured()) {
            LOG.info("Access tokens of the configured issuer are taken");
        }
    }

    /** Of a form that an issuer could have made: header, claims and signature (RFC 7519, section 3). */
    static boolean mayBe(String token) {
        return token.startsWith("eyJ") && token.chars().filter(c -> c == '.').count() == 2;
    }

    boolean configured() {
        return tenant.configured();
    }

    /** Fails with {@code UNAUTHENTICATED} when the token is not valid, with something else when that cannot be told. */
    Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identityProviders) {
        return mechanism
                .authenticate(context, identityProviders)
                .onItem()
                .ifNull()
                .failWith(() -> refused(null))
                .map(identity -> {
                    Caller caller = caller(identity);
                    CurrentCaller.renewBy(context, () -> renewed(caller, identity));
                    return Identities.of(caller);
                })
                .onFailure(failure -> !(failure instanceof SluiceException))
                .transform(IssuedTokens::explain);
    }

    static SluiceException explain(Throwable failure) {
        return failure instanceof AuthenticationFailedException && !away(failure)
                ? refused(failure)
                : unavailable(failure);
    }

    /** Nobody can take such a token back; it ends by itself. */
    private Caller renewed(Caller caller, SecurityIdentity identity) {
        if (identity.getPrincipal() instanceof JsonWebToken token
                && token.getExpirationTime() > clock.instant().getEpochSecond()) {
            return caller;
        }
        throw refused(null);
    }

    private Caller caller(SecurityIdentity identity) {
        if (!(identity.getPrincipal() instanceof JsonWebToken token)) {
            throw refused(null);
        }
        byte[] claims = Base64.getUrlDecoder().decode(token.getRawToken().split("\\.")[1]);
        try {
            return grants.caller(Json.read(new String(claims, StandardCharsets.UTF_8), Map.class));
        } catch (IllegalArgumentException e) {
            throw new SluiceException(ErrorCode.UNAUTHENTICATED, String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean away(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OIDCException || cause instanceof java.io.IOException) {
                return true;
            }
        }
        return false;
    }

    private static SluiceException unavailable(Throwable failure) {
        LOG.warnf("The issuer of access tokens could not be asked for its keys: %s", failure.getMessage());
        return new SluiceException(
                ErrorCode.ISSUER_UNAVAILABLE,
                "The issuer of access tokens cannot be asked for its keys, so nobody can tell whether the token is valid;"
                        + " try again soon.");
    }

    private static SluiceException refused(@org.jspecify.annotations.Nullable Throwable failure) {
        return new SluiceException(ErrorCode.UNAUTHENTICATED, INVALID, failure);
    }
}
