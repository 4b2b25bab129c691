package io.sluice.http.access;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.sluice.contracts.Json;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.time.Clock;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code Authorization: Bearer <token>}: the administrator's token, an API token, or an access token of the configured
 * issuer. A wrong token makes nobody, so that a public path stays open to a caller who sends one; where a caller is
 * needed the answer says why there is none. Too many wrong ones from an address are answered 429, but a valid token is
 * still taken, since an address may be shared. Only the administrator's token can be guessed at all; from such an address
 * each guess has to wait, a few at a time. API tokens are too random for that, and an issuer's are signed.
 */
@Alternative
@Priority(1)
@ApplicationScoped
public class BearerAccess implements HttpAuthenticationMechanism {

    static final String HOW = "Send a token as Authorization: Bearer <token>.";

    private static final Logger LOG = Logger.getLogger(BearerAccess.class);
    private static final String CHALLENGE = "WWW-Authenticate";
    private static final String SCHEME = "bearer ";
    private static final String REFUSAL = "sluice.refusal";

    private final AdminToken adminToken;
    private final IssuedTokens issued;
    private final ApiTokens apiTokens;
    private final FailedLogins failures;

    BearerAccess(AdminToken adminToken, IssuedTokens issued, ApiTokens apiTokens, AccessConfig config, Clock clock) {
        this.adminToken = adminToken;
        this.issued = issued;
        this.apiTokens = apiTokens;
        this.failures = new FailedLogins(
                config.failedLogins().limit(), config.failedLogins().window(), clock);
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identityProviders) {
        String token = token(context);
        if (token == null) {
            return Uni.createFrom().nullItem();
        }
        return identify(context, token, identityProviders)
                .invoke(identity -> CurrentCaller.set(context, Identities.caller(identity)))
                .onFailure()
                .recoverWithItem(failure -> {
                    context.put(REFUSAL, refusal(failure));
                    // Whoever looked at the token has put himself here; the answer is to be ours.
                    context.put(HttpAuthenticationMechanism.class.getName(), this);
                    return null;
                });
    }

    private Uni<SecurityIdentity> identify(
            RoutingContext context, String token, IdentityProviderManager identityProviders) {
        if (token.startsWith(ApiToken.PREFIX)) {
            CurrentCaller.renewBy(context, () -> apiTokens.admit(token));
            return identityProviders.authenticate(new ApiTokens.Request(token));
        }
        String address = CurrentCaller.address(context);
        if (!failures.exhausted(address)) {
            return guessed(context, token, identityProviders);
        }
        if (issued.configured() && IssuedTokens.mayBe(token)) {
            return issued.authenticate(context, identityProviders);
        }
        if (!failures.enter(address)) {
            return Uni.createFrom()
                    .failure(new SluiceException(
                            ErrorCode.TOO_MANY_REQUESTS,
                            "Too many invalid tokens came from this address; this one was not looked at. An API token is"
                                    + " taken at any time."));
        }
        return Uni.createFrom()
                .<Void>emitter(
                        wait -> context.vertx().setTimer(FailedLogins.PAUSE.toMillis(), timer -> wait.complete(null)))
                .onTermination()
                .invoke(() -> failures.leave(address))
                .chain(() -> guessed(context, token, identityProviders));
    }

    private Uni<SecurityIdentity> guessed(
            RoutingContext context, String token, IdentityProviderManager identityProviders) {
        if (adminToken.matches(token)) {
            return Uni.createFrom().item(Identities.of(Caller.ADMIN));
        }
        return issued.configured()
                ? issued.authenticate(context, identityProviders)
                : identityProviders.authenticate(new ApiTokens.Request(token));
    }

    private static SluiceException refusal(Throwable failure) {
        if (failure instanceof SluiceException known) {
            return known;
        }
        LOG.errorf(failure, "A token could not be looked at");
        return new SluiceException(
                ErrorCode.INTERNAL, "The token could not be looked at; the log of the service says why.");
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        return Uni.createFrom().item(new ChallengeData(401, CHALLENGE, "Bearer"));
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext context) {
        HttpServerResponse response = context.response();
        SluiceException refusal = context.get(REFUSAL);
        ErrorCode code = refusal == null ? ErrorCode.UNAUTHENTICATED : refusal.code();
        String detail = refusal == null ? HOW : String.valueOf(refusal.getMessage());
        if (refusal != null && code == ErrorCode.UNAUTHENTICATED) {
            Duration wait = failures.failed(CurrentCaller.address(context));
            if (wait.isPositive()) {
                code = ErrorCode.TOO_MANY_REQUESTS;
                long seconds = wait.toSeconds() + 1;
                response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
                detail = "Too many invalid tokens came from this address; send a valid one, or wait " + seconds + " s.";
            }
        }
        if (refusal != null && refusal.code() == ErrorCode.TOO_MANY_REQUESTS) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(FailedLogins.PAUSE.toSeconds()));
        }
        if (code == ErrorCode.UNAUTHENTICATED) {
            response.putHeader(CHALLENGE, "Bearer");
        }
        response.setStatusCode(code.httpStatus())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(Json.write(Problem.of(code, detail, context.normalizedPath())));
        return Uni.createFrom().item(true);
    }

    private static @Nullable String token(RoutingContext context) {
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        return header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? header.substring(SCHEME.length()).strip()
                : null;
    }
}
