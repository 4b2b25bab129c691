package io.sluice.task.dispatch;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Not ready until Kafka was reached and the shared topics are there; says why. */
@Readiness
@ApplicationScoped
class TopicsReady implements HealthCheck {

    private final TopicSetup topics;

    TopicsReady(TopicSetup topics) {
        this.topics = topics;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("Topics on Kafka");
        String problem = topics.problem();
        return problem == null
                ? answer.up().build()
                : answer.down().withData("reason", problem).build();
    }
}
