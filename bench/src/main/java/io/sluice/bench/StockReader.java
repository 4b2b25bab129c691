package io.sluice.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The main class of a process that reads with Debezium's own connector in its embedded engine and throws away what it reads, whenever
 * it is asked to: {@code POST /} with a number answers when so many changes were read.
 */
final class StockReader {

    private StockReader() {}

    /** Arguments: the port to listen on, a file with the connector's settings. */
    public static void main(String[] arguments) throws IOException {
        Properties settings = new Properties();
        try (var file = Files.newBufferedReader(Path.of(arguments[1]))) {
            settings.load(file);
        }
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 0);
        server.createContext("/", exchange -> answer(exchange, settings));
        server.start();
    }

    private static void answer(HttpExchange exchange, Properties settings) throws IOException {
        String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String error = asked.isEmpty() ? "" : read(Long.parseLong(asked), settings);
        byte[] body = error.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(error.isEmpty() ? 200 : 500, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Returns what went wrong, or nothing. */
    private static String read(long changes, Properties settings) {
        CountDownLatch over = new CountDownLatch(1);
        AtomicReference<String> error = new AtomicReference<>("");
        long[] left = {changes};
        DebeziumEngine<?> engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(settings)
                .using((success, message, cause) -> {
                    if (!success) {
                        error.set(message + ": " + cause);
                    }
                    over.countDown();
                })
                .notifying((records, committer) -> {
                    take(records, committer);
                    left[0] -= records.size();
                    if (left[0] <= 0) {
                        over.countDown();
                    }
                })
                .build();
        Thread thread = Thread.ofPlatform().name("engine").start(engine);
        try {
            over.await();
            // The answer is due now; the engine ends on its own.
            Thread.ofPlatform().start(() -> close(engine, thread));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return error.get();
    }

    /** Only the last record is told to the engine, which is less work than a consumer has that uses the records. */
    private static void take(
            List<RecordChangeEvent<SourceRecord>> records, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        committer.markProcessed(records.getLast());
        committer.markBatchFinished();
    }

    private static void close(DebeziumEngine<?> engine, Thread thread) {
        try {
            engine.close();
            thread.join();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the engine", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
