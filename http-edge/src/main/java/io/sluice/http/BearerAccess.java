package io.sluice.http;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/**
 * {@code Authorization: Bearer <token>} makes the caller the administrator. A wrong token makes nobody, so that a
 * public path stays open to a caller who sends one.
 */
@ApplicationScoped
public class BearerAccess implements HttpAuthenticationMechanism {

    private static final String CHALLENGE = "WWW-Authenticate";
    private static final String SCHEME = "bearer ";

    private final AdminToken adminToken;

    BearerAccess(AdminToken adminToken) {
        this.adminToken = adminToken;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identityProviders) {
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (!isBearer(header)
                || !adminToken.matches(header.substring(SCHEME.length()).strip())) {
            return Uni.createFrom().nullItem();
        }
        return Uni.createFrom()
                .item(QuarkusSecurityIdentity.builder()
                        .setPrincipal(new QuarkusPrincipal("admin"))
                        .addRole("admin")
                        .build());
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        return Uni.createFrom().item(new ChallengeData(401, CHALLENGE, "Bearer"));
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext context) {
        boolean sent = context.request().getHeader(HttpHeaders.AUTHORIZATION) != null;
        String detail = sent
                ? "The token is not valid; send the administrator's token as Authorization: Bearer <token>."
                : "Send the administrator's token as Authorization: Bearer <token>.";
        context.response()
                .setStatusCode(401)
                .putHeader(CHALLENGE, "Bearer")
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(Json.write(Problem.of(ErrorCode.UNAUTHENTICATED, detail, context.normalizedPath())));
        return Uni.createFrom().item(true);
    }

    private static boolean isBearer(@Nullable String header) {
        return header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }
}
