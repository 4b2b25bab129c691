package io.sluice.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** The consumers that users may copy do what their documentation says. */
class ExamplesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path EXAMPLES = Path.of("..", "examples");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void theExamplesSeeWhatTheSourceHas() throws Exception {
        try (TestingTask task = new TestingTask(
                List.of("orders", "keyless", "emptied"),
                "CREATE TABLE orders (id int PRIMARY KEY, note text, big text, open boolean)",
                "ALTER TABLE orders ALTER big SET STORAGE EXTERNAL",
                "CREATE TABLE keyless (a int, b text)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL",
                "CREATE TABLE emptied (id int PRIMARY KEY)")) {
            task.withDdl().start();
            task.transaction(
                    "INSERT INTO orders SELECT i, 'row ' || i, repeat('x', 5000), i % 2 = 0 FROM generate_series(1, 20) i",
                    "INSERT INTO keyless VALUES (1, 'same'), (1, 'same'), (2, NULL)", "INSERT INTO emptied VALUES (1)");
            task.sql(
                    "UPDATE orders SET note = 'changed' WHERE id <= 5",
                    "UPDATE orders SET id = id + 100 WHERE id > 18",
                    "DELETE FROM orders WHERE id = 7",
                    "DELETE FROM keyless WHERE ctid = '(0,1)'",
                    "TRUNCATE emptied",
                    "ALTER TABLE emptied ADD COLUMN v int",
                    "INSERT INTO emptied VALUES (2, 9)");
            String transaction = lastTransaction(task);

            List<String> printed = follow(task, transaction);
            assertThat(printed).anyMatch(line -> line.endsWith(" with 24 changes"));
            assertThat(printed).contains("  t public.emptied null -> null", "  command ALTER TABLE");
            assertThat(printed).contains("  d public.orders {\"id\":7} -> null");
            assertThat(printed.getLast()).isEqualTo("  c public.emptied null -> {\"id\":2,\"v\":9}");

            JsonNode copy = JSON.readTree(copy(values(task)));
            for (String table : List.of("orders", "keyless", "emptied")) {
                JsonNode source = JSON.readTree(task.query("SELECT coalesce(json_agg(t), '[]') FROM " + table + " t"));
                assertThat(copy.path("public." + table)).as(table).containsExactlyInAnyOrderElementsOf(source);
            }
        }
    }

    /** Reads until the transaction is printed, with its changes. */
    private static List<String> follow(TestingTask task, String transaction) throws IOException {
        Process follow = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        EXAMPLES.resolve("java/Follow.java").toString(),
                        TestingServers.kafka().bootstrapServers(),
                        task.id)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread watch = Thread.ofVirtual().start(() -> endInTime(follow));
        List<String> lines = new ArrayList<>();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(follow.getInputStream(), UTF_8))) {
            int left = -1;
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                left--;
                if (line.startsWith("transaction " + transaction + " ")) {
                    left = Integer.parseInt(line.split(" ")[3]);
                }
                if (left == 0) {
                    return lines;
                }
            }
            throw new AssertionError("the example ended: " + lines);
        } finally {
            follow.destroyForcibly();
            watch.interrupt();
        }
    }

    private static void endInTime(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What {@code follow.py} has in the end. */
    static String copy(List<String> values) throws Exception {
        Process python = new ProcessBuilder(
                        "python3", EXAMPLES.resolve("python/follow.py").toString(), "-")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (Writer input = python.outputWriter(UTF_8)) {
            for (String value : values) {
                input.write(value + "\n");
            }
        }
        String output = new String(python.getInputStream().readAllBytes(), UTF_8);
        assertThat(python.waitFor()).isZero();
        return output;
    }

    private static String lastTransaction(TestingTask task) throws IOException {
        String last = "";
        for (String value : values(task)) {
            JsonNode record = JSON.readTree(value);
            last = record.path("status").asText().equals("END")
                    ? record.path("id").asText()
                    : last;
        }
        return last;
    }

    /** Everything up to the eighth transaction. */
    private static List<String> values(TestingTask task) throws IOException {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        TestingServers.kafka().bootstrapServers(),
                        "isolation.level",
                        "read_committed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(Topics.changes(task.id), 0);
            consumer.assign(Set.of(partition));
            consumer.seekToBeginning(Set.of(partition));
            List<String> values = new ArrayList<>();
            int ended = 0;
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (ended < 8) {
                assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
                for (ConsumerRecord<String, String> entry : consumer.poll(Duration.ofMillis(200))) {
                    values.add(entry.value());
                    ended += JSON.readTree(entry.value()).has("status") ? 1 : 0;
                }
            }
            return values;
        }
    }
}
