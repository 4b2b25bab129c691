package io.sluice.task.dispatch;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Not ready until Kafka was reached and the shared topics are there. */
@Readiness
@ApplicationScoped
class TopicsReady implements HealthCheck {

    private final TopicSetup topics;

    TopicsReady(TopicSetup topics) {
        this.topics = topics;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("Topics on Kafka")
                .status(topics.ready())
                .build();
    }
}
