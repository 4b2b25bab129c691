package io.sluice.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service: orders in, reports out, and within a heap of 256 MB whatever the source does. */
class CaptureServiceIT {

    private static final int HUGE_TRANSACTION = 1_000_000;
    private static final String MASTER_KEY =
            Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcdef".getBytes(UTF_8));

    @TempDir
    private Path directory;

    private final List<TaskReport> reports = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private TestingTask task;
    private Process service;
    private int port;
    private KafkaConsumer<String, String> consumer;

    @BeforeEach
    void start() throws Exception {
        task = new TestingTask(List.of("t"), "CREATE TABLE t (id int PRIMARY KEY, note text)");
        controlTopics();
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer());
        consumer.assign(Set.of(new TopicPartition(Topics.REPORTS, 0)));
        consumer.seekToEnd(consumer.assignment());
        consumer.position(new TopicPartition(Topics.REPORTS, 0));
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+ExitOnOutOfMemoryError",
                "-jar",
                Path.of("target", "quarkus-app", "quarkus-run.jar").toString());
        // Through the listener that wants a user: every client of the service must know how.
        TestingServers.kafka()
                .securedClient()
                .forEach((name, value) -> builder.environment()
                        .put("KAFKA_" + name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        builder.environment().put("SLUICE_MASTER_KEY", MASTER_KEY);
        builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
        builder.redirectErrorStream(true).redirectOutput(log().toFile());
        service = builder.start();
        await().atMost(Duration.ofSeconds(90))
                .until(() -> get("/q/health/ready").contains("UP"));
    }

    @AfterEach
    void end() throws InterruptedException {
        service.destroy();
        assertThat(service.waitFor(15, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        consumer.close();
        task.close();
    }

    @Test
    void anOrderIsCarriedOutUntilItIsDeleted() throws Exception {
        order(1, Phase.RUN);
        awaitReport(1, new Fact.StepReached(Fact.Step.CAPTURING));
        task.sql("INSERT INTO t VALUES (0, 'first')");
        task.sql("INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, " + HUGE_TRANSACTION + ") AS i");
        String written = task.query("SELECT pg_current_wal_lsn()");
        await().atMost(Duration.ofMinutes(5))
                .until(() -> position().capturedLsn().compareTo(written) >= 0
                        && position().capturedLsn().length() == written.length());
        assertThat(service.isAlive()).isTrue();
        assertThat(get("/q/metrics"))
                .contains("sluice_extract_rows_total{task=\"" + task.id + "\"} " + (HUGE_TRANSACTION + 1))
                .contains("sluice_extract_bytes_total{task=\"" + task.id)
                .contains("sluice_capture_lag_seconds{task=\"" + task.id)
                .contains("sluice_slot_retained_bytes{task=\"" + task.id);

        order(2, Phase.PAUSE);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> reports().stream()
                        .anyMatch(report -> report.generation() == 2 && report.fact() instanceof Fact.CapturePosition));
        order(3, Phase.STOP);
        awaitReport(3, new Fact.Ended(List.of()));
        assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE database = '" + task.database + "'"))
                .isEqualTo("0");
        order(4, Phase.DELETE);
        awaitReport(4, new Fact.Ended(List.of()));
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            assertThat(admin.listTopics().names().get()).doesNotContain(Topics.changes(task.id));
        }
        assertThat(Files.readString(log()))
                .doesNotContain(MASTER_KEY)
                .doesNotContain("password=")
                .doesNotContain("ERROR");
    }

    private Fact.CapturePosition position() {
        return reports().stream()
                .map(TaskReport::fact)
                .filter(Fact.CapturePosition.class::isInstance)
                .map(Fact.CapturePosition.class::cast)
                .reduce((first, second) -> second)
                .orElse(new Fact.CapturePosition("", "", 0, 0, "", 0));
    }

    private void awaitReport(long generation, Fact fact) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> reports().stream()
                        .anyMatch(report -> report.generation() == generation
                                && report.fact().equals(fact)));
    }

    private List<TaskReport> reports() {
        for (ConsumerRecord<String, String> entry : consumer.poll(Duration.ofMillis(100))) {
            TaskReport report = Json.read(entry.value(), TaskReport.class);
            if (report.taskId().equals(task.id)) {
                assertThat(report.service()).isEqualTo(TaskReport.Service.CAPTURE);
                reports.add(report);
            }
        }
        return reports;
    }

    private void order(long generation, Phase phase) {
        Endpoint endpoint = new Endpoint(
                TestingServers.postgres().host(),
                TestingServers.postgres().port(),
                task.database,
                PostgresServer.SUPERUSER,
                new SecretSeal(MASTER_KEY).seal(task.id, task.password()),
                Tls.DISABLED);
        TaskSpec spec = new TaskSpec(
                "capture-test",
                SyncMode.FULL_AND_INCREMENTAL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(new TaskSpec.TablePattern("public", "*")),
                List.of(),
                4,
                new TaskSpec.RetryWindows(10, 1),
                null);
        TaskOrder order = new TaskOrder(task.id, generation, phase, spec, task.tables, Instant.now());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(Topics.TASKS, task.id, Json.write(order)))
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void controlTopics() throws InterruptedException, ExecutionException {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            for (String name : List.of(Topics.TASKS, Topics.REPORTS)) {
                try {
                    admin.createTopics(List.of(new NewTopic(name, Optional.of(1), Optional.empty())))
                            .all()
                            .get();
                } catch (ExecutionException e) {
                    assertThat(e).hasCauseInstanceOf(TopicExistsException.class);
                }
            }
        }
    }

    private String get(String path) throws InterruptedException {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return "";
        }
    }

    private Path log() {
        return directory.resolve("service.log");
    }
}
