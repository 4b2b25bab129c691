package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.slot.TopicEnd;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever moment a capture process is killed at, a subscriber sees every change exactly once and in commit order. */
class KilledIT {

    private static final int KILLS = 5;
    private static final int WRITERS = 3;
    private static final int TRANSACTIONS = 600;

    /** Ten Kafka transactions of {@link CaptureProcess}. */
    private static final int LARGE_TRANSACTION = 5_000;

    @TempDir
    private Path directory;

    @Test
    void aSubscriberSeesEveryChangeOnceAndInCommitOrder() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer();
                ExecutorService threads = Executors.newCachedThreadPool();
                TestingTask task = new TestingTask(
                        List.of("a", "b"),
                        "CREATE TABLE a (writer int, number int, value int NOT NULL, PRIMARY KEY (writer, number))",
                        "CREATE TABLE b (writer int, number int, value int NOT NULL, PRIMARY KEY (writer, number))",
                        "CREATE TABLE commits (writer int PRIMARY KEY, transactions int)")) {
            // The slot exists before the first change, so the topic must end up with all of them.
            task.start().stop();
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int number = writer;
                long itsSeed = random.nextLong();
                writers.add(CompletableFuture.runAsync(() -> write(task, number, new Random(itsSeed)), threads));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                killAfter(consumer, task, 1 + random.nextInt(6_000));
            }
            CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).join();
            task.sql("INSERT INTO a VALUES (-1, 0, 0)");
            try (CaptureProcess last = CaptureProcess.start(task, directory.resolve("capture.log"));
                    TopicReader topic = new TopicReader(task.id)) {
                check(task, topic);
                assertThat(last.isAlive()).isTrue();
            }
        }
    }

    private void killAfter(KafkaConsumer<byte[], byte[]> consumer, TestingTask task, int records)
            throws InterruptedException {
        long before = topicEnd(consumer, task);
        try (CaptureProcess process = CaptureProcess.start(task, directory.resolve("capture.log"))) {
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> topicEnd(consumer, task) > before + records);
            assertThat(process.isAlive()).isTrue();
            process.kill();
        }
        TopicEnd end = new ChangeTopic(KafkaAccess.of(TestingServers.kafka().bootstrapServers()), task.id).end();
        assertThat(end.captured().compareTo(task.confirmedFlush()))
                .as("the source was told of %s", task.confirmedFlush())
                .isNotNegative();
    }

    /** Counts what is not committed too: a kill is to come inside transactions. */
    private static long topicEnd(KafkaConsumer<byte[], byte[]> consumer, TestingTask task) {
        TopicPartition partition = new TopicPartition(Topics.changes(task.id), 0);
        return consumer.endOffsets(List.of(partition)).get(partition);
    }

    private static KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static void write(TestingTask task, int writer, Random random) {
        try (Connection connection = task.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO a VALUES (?, ?, 0)");
                PreparedStatement many = connection.prepareStatement(
                        "INSERT INTO b SELECT ?, ? + i, 0 FROM generate_series(1, ?) AS i");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            int number = 0;
            int transactions = 0;
            for (int i = 0; i < TRANSACTIONS; i++) {
                insert.setInt(1, writer);
                insert.setInt(2, number);
                insert.execute();
                int rows = i % 100 == 50 ? LARGE_TRANSACTION : random.nextInt(20);
                many.setInt(1, writer);
                many.setInt(2, number);
                many.setInt(3, rows);
                many.execute();
                statement.execute("UPDATE a SET value = value + 1 WHERE writer = " + writer + " AND number = "
                        + random.nextInt(number + 1));
                statement.execute(
                        "DELETE FROM b WHERE writer = " + writer + " AND number = " + random.nextInt(number + 1));
                number += rows + 1;
                if (random.nextInt(10) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                    transactions++;
                }
            }
            statement.execute("INSERT INTO commits VALUES (" + writer + ", " + transactions + ")");
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Replays the topic: each change must fit the state before it, and the end must be what the source holds. */
    private static void check(TestingTask task, TopicReader topic) throws SQLException {
        Map<String, String> state = new TreeMap<>();
        int transactions = 0;
        boolean more = true;
        while (more) {
            List<ChangeRecord> records = topic.readTransaction();
            TransactionEnd end = (TransactionEnd) records.getLast();
            assertThat(end.position().order()).isEqualTo(records.size());
            for (int i = 0; i < records.size() - 1; i++) {
                assertThat(records.get(i).position().order()).isEqualTo(i + 1);
                assertThat(records.get(i).position().commitLsn())
                        .isEqualTo(end.position().commitLsn());
                apply((RowChange) records.get(i), state);
            }
            transactions++;
            more = !state.containsKey("a -1 0");
        }
        assertThat(Integer.toString(transactions - 1)).isEqualTo(task.query("SELECT sum(transactions) FROM commits"));
        Map<String, String> source = new TreeMap<>();
        try (Connection connection = task.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 'a ' || writer || ' ' || number, value FROM a UNION ALL"
                        + " SELECT 'b ' || writer || ' ' || number, value FROM b")) {
            while (rows.next()) {
                source.put(rows.getString(1), rows.getString(2));
            }
        }
        System.out.println(transactions + " transactions, " + source.size() + " rows");
        assertThat(state.equals(source)).as("replayed state equals the source").isTrue();
    }

    private static void apply(RowChange change, Map<String, String> state) {
        String before = change.operation() == Operation.INSERT
                ? null
                : state.remove(key(change, change.before() == null ? change.after() : change.before()));
        switch (change.operation()) {
            case INSERT ->
                assertThat(state.put(key(change, change.after()), change.after().value("value")))
                        .isNull();
            case UPDATE -> {
                assertThat(Integer.parseInt(change.after().value("value"))).isEqualTo(Integer.parseInt(before) + 1);
                state.put(key(change, change.after()), change.after().value("value"));
            }
            case DELETE -> assertThat(before).isNotNull();
        }
    }

    private static String key(RowChange change, Row row) {
        return change.table().table() + " " + row.value("writer") + " " + row.value("number");
    }
}
