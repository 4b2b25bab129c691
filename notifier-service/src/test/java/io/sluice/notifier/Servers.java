package io.sluice.notifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sluice.http.access.Issuer;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.Ports;
import io.sluice.localstack.PostgresServer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL and a real Kafka without the event topic: the service must start before anybody has made it. */
public class Servers implements QuarkusTestResourceLifecycleManager {

    static final String ADMIN_TOKEN = "token-of-the-tests";
    static final String BASE_URL = "https://notifier.example.com/sluice";

    /** Where tests that need a mail server start one. */
    static final int SMTP_PORT = smtpPort();

    /** What older secrets were sealed with; {@link #MASTER_KEYS} seals. */
    static final String OLD_MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);

    static final String MASTER_KEYS =
            "2026:" + Base64.getEncoder().encodeToString("a newer master key of 32 bytes !".getBytes(UTF_8));

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
        settings.put("sluice.master-keys", MASTER_KEYS);
        settings.putAll(Map.of(
                "sluice.mail.host",
                "127.0.0.1",
                "sluice.mail.from",
                "sluice@example.com",
                "sluice.mail.port",
                Integer.toString(SMTP_PORT),
                "sluice.mail.start-tls",
                "OPTIONAL"));
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
                OLD_MASTER_KEY,
                "sluice.notifier.base-url",
                BASE_URL + "/",
                "sluice.webhook.allowed-addresses",
                "127.0.0.0/8",
                "quarkus.http.test-port",
                "0"));
        // Nothing listens there until a test needs it: nobody can judge an access token before.
        settings.put("sluice.oidc.issuer", "http://127.0.0.1:" + Ports.free());
        settings.put("sluice.oidc.audience", Issuer.AUDIENCE);
        settings.put("quarkus.http.proxy.proxy-address-forwarding", "true");
        return settings;
    }

    /** The same for the class loader of this class and for that of the tests. */
    private static int smtpPort() {
        String property = "sluice.test.smtp-port";
        synchronized (System.getProperties()) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, Integer.toString(Ports.free()));
            }
            return Integer.parseInt(System.getProperty(property));
        }
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
