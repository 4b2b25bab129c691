package io.sluice.bench;

import io.sluice.localstack.JavaProcess;
import io.sluice.localstack.Ports;
import io.sluice.localstack.PostgresServer;
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
import java.util.Map;
import java.util.Properties;

/** Debezium's own connector in its embedded engine, in a process of its own ({@link StockReader}) that stays over all rounds. */
final class StockConnector implements Reader {

    private static final String SLOT = "stock";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final PostgresServer source;
    private final String from;
    private final int port = Ports.free();
    private final JavaProcess process;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param from the source's database */
    StockConnector(PostgresServer source, String from, Path home) {
        this.source = source;
        this.from = from;
        Path file = home.resolve("stock.properties");
        try (var writer = Files.newBufferedWriter(file)) {
            settings().store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException("writing " + file, e);
        }
        process = JavaProcess.start(
                "the stock connector",
                System.getProperty("java.class.path"),
                List.of("-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                List.of(StockReader.class.getName(), Integer.toString(port), file.toString()),
                home.resolve("stock.log"));
        process.awaitReady(() -> ask("").isEmpty(), PATIENCE);
    }

    private Properties settings() {
        Properties settings = new Properties();
        settings.putAll(DebeziumSource.settings(source, from, SLOT));
        settings.putAll(Map.of(
                "name",
                SLOT,
                "offset.storage",
                "org.apache.kafka.connect.storage.MemoryOffsetBackingStore",
                "offset.flush.interval.ms",
                "10000"));
        return settings;
    }

    @Override
    public String name() {
        return "Debezium's connector";
    }

    @Override
    public String slot() {
        return SLOT;
    }

    @Override
    public void begin() {
        source.execute(
                from,
                "CREATE PUBLICATION stock FOR TABLES IN SCHEMA public",
                "SELECT pg_create_logical_replication_slot('stock', 'pgoutput')");
    }

    /** The slot begins anew here: the engine's memory of its position ends with each turn. */
    @Override
    public void hold() {
        Slots.await(source, SLOT, false);
        source.execute(
                from,
                "SELECT pg_drop_replication_slot('stock')",
                "SELECT pg_create_logical_replication_slot('stock', 'pgoutput')");
    }

    @Override
    public void read(Backlog backlog, int turn, double scale, Runnable started) {
        Thread watching = Thread.ofPlatform().start(() -> {
            Slots.await(source, SLOT, true);
            started.run();
        });
        String error = ask(Long.toString(backlog.changes(scale)));
        if (!error.isEmpty()) {
            throw new IllegalStateException("Debezium's connector: " + error);
        }
        try {
            watching.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** It has answered when so many changes were read as there are. */
    @Override
    public void verify(Backlog backlog, double scale) {}

    @Override
    public Map<String, Long> processes() {
        return Map.of("Debezium's engine", process.pid());
    }

    /** Returns what went wrong, or nothing. */
    private String ask(String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .POST(BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            return response.statusCode() == 200 ? "" : response.body();
        } catch (IOException e) {
            return String.valueOf(e);
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
