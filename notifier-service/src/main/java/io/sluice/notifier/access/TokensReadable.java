package io.sluice.notifier.access;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Not ready while Kafka refuses to tell the tokens, as it does when its certificate is not trusted; says why. */
@Readiness
@ApplicationScoped
class TokensReadable implements HealthCheck {

    private final TokenReader reader;

    TokensReadable(TokenReader reader) {
        this.reader = reader;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("Tokens on Kafka");
        String problem = reader.problem();
        return problem == null
                ? answer.up().build()
                : answer.down().withData("reason", problem).build();
    }
}
