package io.sluice.http.access;

import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.IdentityProvider;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.BaseAuthenticationRequest;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;

/** Admits who sends an API token that is neither expired nor revoked. */
@ApplicationScoped
class ApiTokens implements IdentityProvider<ApiTokens.Request> {

    private final TokenDirectory directory;
    private final Clock clock;

    ApiTokens(TokenDirectory directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public Class<Request> getRequestType() {
        return Request.class;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(Request request, AuthenticationRequestContext context) {
        return context.runBlocking(() -> Identities.of(admit(request.token)));
    }

    /** @throws SluiceException {@code UNAUTHENTICATED} with the reason */
    Caller admit(String text) {
        ApiToken token = directory
                .find(ApiToken.hash(text))
                .orElseThrow(() -> refused("The token is not valid; an administrator issues tokens with POST"
                        + " /api/v1/tokens of the task API."));
        if (token.revokedAt() != null) {
            throw refused("The token " + token.name() + " was revoked at " + token.revokedAt()
                    + "; ask an administrator for a new one.");
        }
        if (!token.expiresAt().isAfter(clock.instant())) {
            throw refused("The token " + token.name() + " expired at " + token.expiresAt()
                    + "; ask an administrator for a new one.");
        }
        return new Caller(token.name(), token.grants());
    }

    private static SluiceException refused(String detail) {
        return new SluiceException(ErrorCode.UNAUTHENTICATED, detail);
    }

    /** Somebody sent this token. */
    static final class Request extends BaseAuthenticationRequest {

        private final String token;

        Request(String token) {
            this.token = token;
        }
    }
}
