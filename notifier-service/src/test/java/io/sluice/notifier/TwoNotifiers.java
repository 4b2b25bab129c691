package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.Ports;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Two notifiers as they are shipped, each in a JVM of its own with a heap of 256 MB, on one database and one Kafka. */
final class TwoNotifiers implements AutoCloseable {

    private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");
    private static final String DATABASE = "sluice_notifier";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final PostgresServer postgres = PostgresServer.startTemporary();
    private final KafkaServer kafka = KafkaServer.startTemporary();
    private final ServiceProcess first;
    private final ServiceProcess second;

    /** @param own settings besides those of servers and secrets, as environment variables */
    TwoNotifiers(Map<String, String> own) {
        postgres.createDatabase(DATABASE);
        int port = Ports.free();
        Map<String, String> settings = new HashMap<>(own);
        settings.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        settings.put("QUARKUS_DATASOURCE_JDBC_URL", postgres.jdbcUrl(DATABASE));
        settings.put("QUARKUS_DATASOURCE_USERNAME", PostgresServer.SUPERUSER);
        settings.put("QUARKUS_DATASOURCE_PASSWORD", postgres.password());
        settings.put("SLUICE_MASTER_KEY", Servers.OLD_MASTER_KEY);
        settings.put("SLUICE_ADMIN_TOKEN", Servers.ADMIN_TOKEN);
        settings.put("SLUICE_WEBHOOK_ALLOWED_ADDRESSES", "127.0.0.0/8");
        settings.put("SLUICE_NOTIFIER_BASE_URL", Servers.BASE_URL);
        first = process("notifier-1", port, settings);
        second = process("notifier-2", Ports.free(), settings);
        launch();
    }

    private static ServiceProcess process(String name, int port, Map<String, String> settings) {
        return new ServiceProcess(name, JAR, port, settings, Path.of("target", "two-notifiers", name + ".log"));
    }

    /** Both, side by side; one that runs already goes on. */
    void launch() {
        List.of(first, second).stream().filter(each -> !each.isAlive()).forEach(ServiceProcess::launch);
        first.awaitReady();
        second.awaitReady();
    }

    ServiceProcess first() {
        return first;
    }

    ServiceProcess second() {
        return second;
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /** A request of an administrator to the second. */
    RequestSpecification admin() {
        return anybody().header("Authorization", "Bearer " + Servers.ADMIN_TOKEN);
    }

    /** A request to the second without a token. */
    RequestSpecification anybody() {
        return given().baseUri("http://127.0.0.1").port(second.port()).contentType(ContentType.JSON);
    }

    /** The minute passes for which a killed one holds what it was sending. */
    void letClaimsRunOut() {
        postgres.execute(DATABASE, "UPDATE delivery SET claimed_until = now() WHERE claimed_until > now()");
    }

    /** Returns when either has got a share of the events. */
    void awaitBothAtWork(Events events) {
        String prefix = UUID.randomUUID().toString();
        int[] sent = {0};
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(250)).until(() -> {
            String task = prefix + "-" + sent[0]++;
            events.send(Events.event(task + "-1", task, "nobody-listens", Health.ABNORMAL));
            return log(first).contains("Alert " + prefix) && log(second).contains("Alert " + prefix);
        });
    }

    static String log(ServiceProcess process) {
        try {
            return Files.readString(process.logFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The most memory that the process has ever had, in MB; as Linux counts. */
    static long peakMegabytes(ServiceProcess process) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        first.close();
        second.close();
        kafka.close();
        postgres.close();
    }
}
