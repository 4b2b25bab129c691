package io.sluice.notifier;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL and a real Kafka without the event topic: the service must start before anybody has made it. */
public class Servers implements QuarkusTestResourceLifecycleManager {

    static final String ADMIN_TOKEN = "token-of-the-tests";
    static final String BASE_URL = "https://notifier.example.com/sluice";

    private @Nullable PostgresServer postgres;
    private @Nullable KafkaServer kafka;

    @Override
    public Map<String, String> start() {
        PostgresServer database = PostgresServer.startTemporary();
        postgres = database;
        database.createDatabase("sluice_notifier");
        KafkaServer broker = KafkaServer.startTemporary();
        kafka = broker;
        Map<String, String> settings = new HashMap<>();
        // Through the listener that wants a user: every client of the service must know how.
        broker.securedClient().forEach((name, value) -> settings.put("kafka." + name, value));
        settings.putAll(Map.of(
                "quarkus.datasource.jdbc.url",
                database.jdbcUrl("sluice_notifier"),
                "quarkus.datasource.username",
                PostgresServer.SUPERUSER,
                "quarkus.datasource.password",
                database.password(),
                "sluice.admin-token",
                ADMIN_TOKEN,
                "sluice.master-key",
                Base64.getEncoder().encodeToString(new byte[32]),
                "sluice.notifier.base-url",
                BASE_URL + "/",
                "sluice.webhook.allowed-addresses",
                "127.0.0.0/8",
                "quarkus.http.test-port",
                "0"));
        return settings;
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(kafka, new TestInjector.MatchesType(KafkaServer.class));
        injector.injectIntoFields(postgres, new TestInjector.MatchesType(PostgresServer.class));
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
        if (postgres != null) {
            postgres.close();
        }
    }
}
