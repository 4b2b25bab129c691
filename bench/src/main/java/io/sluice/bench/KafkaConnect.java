package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.localstack.JavaProcess;
import io.sluice.localstack.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Kafka Connect standalone in a process of its own, with the heap that its start script gives it, and connectors that are driven over
 * its REST API.
 */
final class KafkaConnect implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final int port = Ports.free();
    private final JavaProcess process;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * @param peers the directory with {@code connect} (its jars) and {@code plugins} (one directory for each connector)
     * @param home for its files and its log
     */
    KafkaConnect(Path peers, String bootstrapServers, Path home) {
        Path settings = home.resolve("connect.properties");
        try {
            Files.createDirectories(home);
            // JSON with schemas, since the sink needs them and there is no registry; batches large enough not to
            // matter.
            Files.writeString(
                    settings, """
                    bootstrap.servers=%s
                    listeners=http://127.0.0.1:%d
                    plugin.path=%s
                    plugin.discovery=service_load
                    offset.storage.file.filename=%s
                    offset.flush.interval.ms=10000
                    key.converter=org.apache.kafka.connect.json.JsonConverter
                    value.converter=org.apache.kafka.connect.json.JsonConverter
                    producer.linger.ms=20
                    producer.batch.size=524288
                    producer.buffer.memory=67108864
                    producer.compression.type=lz4
                    consumer.max.poll.records=5000
                    consumer.fetch.max.bytes=52428800
                    consumer.max.partition.fetch.bytes=10485760
                    """.formatted(bootstrapServers, port, peers.resolve("plugins"), home.resolve("offsets")));
        } catch (IOException e) {
            throw new UncheckedIOException("writing " + settings, e);
        }
        process = JavaProcess.start(
                "Kafka Connect",
                peers.resolve("connect") + "/*",
                List.of("-Xms256m", "-Xmx2g", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                List.of("org.apache.kafka.connect.cli.ConnectStandalone", settings.toString()),
                home.resolve("connect.log"));
        process.awaitReady(this::answers, PATIENCE);
    }

    long pid() {
        return process.pid();
    }

    /** Makes a connector and returns when all of its tasks run. */
    void add(String name, Map<String, String> settings) {
        send(
                "POST",
                "/connectors",
                JSON.valueToTree(Map.of("name", name, "config", settings)).toString());
        awaitRunning(name);
    }

    /** Ends the tasks of a connector; what it knows stays. */
    void stop(String name) {
        send("PUT", "/connectors/" + name + "/stop", "");
    }

    void resume(String name) {
        send("PUT", "/connectors/" + name + "/resume", "");
    }

    /** @throws IllegalStateException when a task of the connector has failed, with the reason */
    void requireHealthy(String name) {
        JsonNode status = send("GET", "/connectors/" + name + "/status", "");
        for (JsonNode task : status.path("tasks")) {
            if (task.path("state").asText().equals("FAILED")) {
                throw new IllegalStateException(name + " has failed: "
                        + task.path("trace").asText().lines().limit(40).toList());
            }
        }
    }

    private void awaitRunning(String name) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean running = false;
        while (!running) {
            requireHealthy(name);
            JsonNode tasks = send("GET", "/connectors/" + name + "/status", "").path("tasks");
            running = !tasks.isEmpty();
            for (JsonNode task : tasks) {
                running &= task.path("state").asText().toUpperCase(Locale.ROOT).equals("RUNNING");
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(name + " does not run: " + tasks);
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    private boolean answers() {
        try {
            return http.send(request("GET", "/connectors", ""), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    private JsonNode send(String method, String path, String body) {
        try {
            HttpResponse<String> response = http.send(request(method, path, body), BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IllegalStateException(method + " " + path + " answered " + response.body());
            }
            return JSON.readTree(response.body().isEmpty() ? "{}" : response.body());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
