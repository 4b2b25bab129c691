package io.sluice.e2e.packaging;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.e2e.packaging.ComposeFile.Service;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What docker-compose.yml and the Dockerfiles say agrees with each other and with the services' configuration. */
class DockerComposeTest {

    private static final Map<String, Integer> SERVICES =
            Map.of("task-api", 8080, "capture-service", 8081, "apply-service", 8082, "notifier-service", 8083);

    private final ComposeFile compose = ComposeFile.load();

    static Stream<Arguments> services() {
        return SERVICES.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @Test
    void thereAreTheFourServicesAndWhatTheyNeedAndTheExamplesApart() {
        assertThat(compose.services().keySet())
                .containsExactlyInAnyOrder(
                        "database",
                        "kafka",
                        "task-api",
                        "capture-service",
                        "apply-service",
                        "notifier-service",
                        "source",
                        "target");
        Set<String> examples = compose.services().entrySet().stream()
                .filter(service -> service.getValue().list("profiles").contains("examples"))
                .map(Map.Entry::getKey)
                .collect(toSet());
        assertThat(examples).containsExactlyInAnyOrder("source", "target");
    }

    @ParameterizedTest
    @CsvSource({"database, postgres:17", "source, postgres:17", "target, postgres:17", "kafka, apache/kafka:4.3.1"})
    void otherPeoplesImagesArePinned(String service, String image) {
        assertThat(service(service).text("image")).isEqualTo(image);
    }

    @ParameterizedTest
    @MethodSource("services")
    void aServiceIsBuiltFromItsFolderAndListensOnItsPort(String name, int port) {
        Service service = service(name);
        assertThat(service.build()).contains("./" + name);
        assertThat(service.environment()).containsEntry("QUARKUS_HTTP_PORT", Integer.toString(port));
        assertThat(service.list("ports")).containsExactly("127.0.0.1:" + port + ":" + port);
        Dockerfile dockerfile = Dockerfile.of(name);
        assertThat(dockerfile.all("FROM")).containsExactly("eclipse-temurin:25-jre");
        assertThat(dockerfile.last("EXPOSE")).isEqualTo(Integer.toString(port));
        assertThat(dockerfile.all("COPY")).isNotEmpty().allMatch(copied -> copied.startsWith("target/quarkus-app/"));
        assertThat(dockerfile.last("ENTRYPOINT")).contains("-XX:MaxRAMPercentage=", "quarkus-run.jar");
    }

    @ParameterizedTest
    @MethodSource("services")
    void aServiceRunsWithoutRights(String name) {
        assertThat(Dockerfile.of(name).last("USER")).isEqualTo("10001:10001");
        assertThat(service(name).list("cap_drop")).containsExactly("ALL");
        assertThat(service(name).list("security_opt")).containsExactly("no-new-privileges:true");
    }

    @ParameterizedTest
    @MethodSource("services")
    void aServiceIsAskedForItsReadiness(String name, int port) throws IOException, InterruptedException {
        String check = Dockerfile.of(name).last("HEALTHCHECK");
        assertThat(check).contains("GET /q/health/ready HTTP", "${QUARKUS_HTTP_PORT:-" + port + "}", "--start-period=");
        assertThat(ready(check, 200)).isTrue();
        assertThat(ready(check, 503)).isFalse();
        assertThat(ready(check, 0)).isFalse();
    }

    @Test
    void everythingHasAHealthCheckAndIsWaitedFor() {
        for (Map.Entry<String, Service> service : compose.services().entrySet()) {
            boolean checked = !service.getValue().mapping("healthcheck").isEmpty()
                    || service.getValue().build().isPresent();
            assertThat(checked).as("health check of " + service.getKey()).isTrue();
            assertThat(service.getValue().dependencies().values())
                    .as("conditions of " + service.getKey())
                    .allMatch("service_healthy"::equals);
            assertThat(compose.services().keySet())
                    .containsAll(service.getValue().dependencies().keySet());
        }
        assertThat(service("task-api").dependencies()).containsOnlyKeys("database", "kafka");
        assertThat(service("notifier-service").dependencies()).containsOnlyKeys("database", "kafka");
        assertThat(service("capture-service").dependencies()).containsOnlyKeys("kafka", "task-api");
        assertThat(service("apply-service").dependencies()).containsOnlyKeys("kafka", "task-api");
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyVariableIsOneThatTheServiceReads(String name) {
        Set<String> known = KnownVariables.of(name);
        Set<String> own = service(name).environment().keySet().stream()
                .filter(variable -> !variable.startsWith("QUARKUS_"))
                .collect(toSet());
        assertThat(known).containsAll(own);
        assertThat(known).contains("SLUICE_MASTER_KEY", "KAFKA_BOOTSTRAP_SERVERS");
        assertThat(own).contains("SLUICE_MASTER_KEY", "KAFKA_BOOTSTRAP_SERVERS");
    }

    @ParameterizedTest
    @CsvSource({"task-api, sluice_tasks", "notifier-service, sluice_notifier"})
    void aServiceWithADatabaseAndAnInterfaceIsGivenBoth(String name, String database) {
        assertThat(service(name).environment())
                .containsEntry("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://database:5432/" + database)
                .containsEntry("QUARKUS_DATASOURCE_USERNAME", "sluice")
                .containsKeys("QUARKUS_DATASOURCE_PASSWORD", "SLUICE_ADMIN_TOKEN");
        assertThat(compose.part("configs").toString()).contains("CREATE DATABASE " + database);
    }

    @Test
    void secretsHaveNoDefault() {
        for (String secret : List.of("SLUICE_MASTER_KEY", "SLUICE_ADMIN_TOKEN", "SLUICE_DATABASE_PASSWORD")) {
            assertThat(Pattern.compile("\\$\\{" + secret + "\\b([^}]*)")
                            .matcher(compose.text())
                            .results())
                    .isNotEmpty()
                    .allMatch(use -> use.group(1).startsWith(":?"));
        }
    }

    @Test
    void kafkaIsReachedByItsInternalNameAndKeepsItsLogsOnAVolume() {
        Map<String, String> kafka = service("kafka").environment();
        assertThat(kafka.get("KAFKA_ADVERTISED_LISTENERS")).contains("INTERNAL://kafka:19092");
        assertThat(kafka).containsEntry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
        assertThat(service("kafka").list("volumes")).containsExactly("kafka:" + kafka.get("KAFKA_LOG_DIRS"));
        for (String name : SERVICES.keySet()) {
            assertThat(service(name).environment()).containsEntry("KAFKA_BOOTSTRAP_SERVERS", "kafka:19092");
        }
    }

    @Test
    void everyVolumeIsDeclaredAndNothingIsPublishedToTheWorld() {
        for (Service service : compose.services().values()) {
            assertThat(service.list("volumes"))
                    .allMatch(volume -> compose.part("volumes").containsKey(volume.substring(0, volume.indexOf(':'))));
            assertThat(service.list("ports")).allMatch(port -> port.startsWith("127.0.0.1:"));
        }
    }

    private Service service(String name) {
        Service service = compose.services().get(name);
        assertThat(service).as(name).isNotNull();
        return service;
    }

    /** Runs the check's own command against a server that answers with this status; nothing listens when it is 0. */
    private static boolean ready(String check, int status) throws IOException, InterruptedException {
        List<String> command = HealthCommand.of(check);
        try (HealthServer server = HealthServer.answering(status)) {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(server.port()));
            Process process = builder.start();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("the health check hangs");
            }
            return process.exitValue() == 0;
        }
    }
}
