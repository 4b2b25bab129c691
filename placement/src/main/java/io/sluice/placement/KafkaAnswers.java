package io.sluice.placement;

import io.sluice.contracts.KafkaAccess;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready while Kafka answers, else with the reason. That a consumer has a connection says little: it has one for a moment, again and
 * again, when Kafka's certificate is not trusted or the password is wrong.
 */
@Readiness
@ApplicationScoped
class KafkaAnswers implements HealthCheck {

    private static final int PATIENCE_MILLIS = 2_000;

    private final Admin admin;

    @Inject
    KafkaAnswers(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this.admin = Admin.create(KafkaAccess.of(kafka).with(Map.of()));
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("Kafka");
        try {
            admin.describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MILLIS))
                    .clusterId()
                    .get();
            return answer.up().build();
        } catch (ExecutionException e) {
            return answer.down()
                    .withData("reason", String.valueOf(e.getCause().getMessage()))
                    .build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answer.down().build();
        }
    }

    @PreDestroy
    void close() {
        admin.close();
    }
}
