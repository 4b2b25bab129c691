package io.sluice.capture;

import static io.sluice.capture.SubscribedTopic.readUntil;
import static io.sluice.capture.SubscribedTopic.tree;
import static io.sluice.capture.TestingSnapshot.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.capture.SubscribedTopic.Read;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** Rows that were there before, for those who read the changes. */
class SnapshotIT {

    /** Of a snapshot in the middle of traffic, with transactions open at both of its sides. */
    @Test
    void itsRowsAndTheChangesThatItHasNotSeenAreTheSource() throws Exception {
        try (TestingTask task = new TestingTask(
                List.of("item"),
                "CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL)",
                "INSERT INTO item SELECT i, 0 FROM generate_series(1, 20000) i")) {
            task.start();
            AtomicBoolean enough = new AtomicBoolean();
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int writer = 0; writer < 3; writer++) {
                int number = writer;
                writers.add(CompletableFuture.runAsync(() -> write(task, number, enough)));
            }
            await().until(() -> !"0".equals(task.query("SELECT count(*) FROM item WHERE v > 0")));
            TestingContext context = run(task).join();
            String seen = Objects.requireNonNull(task.query("SELECT max(v) FROM item"));
            await().until(() -> Integer.parseInt(Objects.requireNonNull(task.query("SELECT max(v) FROM item")))
                    > Integer.parseInt(seen) + 20);
            enough.set(true);
            writers.forEach(CompletableFuture::join);
            task.sql("INSERT INTO item VALUES (-1, -1)");

            List<Read> snapshot = readUntil(Topics.snapshots(task.id), record -> record.is("END"));
            JsonNode begin = snapshot.getFirst().value();
            JsonNode end = snapshot.getLast().value();
            assertThat(begin.path("status").asText()).isEqualTo("BEGIN");
            assertThat(end.path("visible")).isEqualTo(begin.path("visible"));
            assertThat(end.path("rows").asLong()).isEqualTo(snapshot.size() - 2L);
            assertThat(begin.path("tables").toString()).isEqualTo("[{\"schema\":\"public\",\"table\":\"item\"}]");
            Map<Integer, Integer> rows = new TreeMap<>();
            snapshot.stream().filter(Read::isRow).forEach(row -> {
                assertThat(row.value().at("/source/snapshot")).isEqualTo(begin.path("snapshot"));
                JsonNode after = row.value().path("after");
                assertThat(rows.put(after.path("id").asInt(), after.path("v").asInt()))
                        .isNull();
            });
            int passedOver = follow(task, begin, rows);
            assertThat(passedOver).isPositive();
            Map<Integer, Integer> source = new TreeMap<>();
            try (Connection connection = task.connect();
                    Statement statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT id, v FROM item")) {
                while (row.next()) {
                    source.put(row.getInt(1), row.getInt(2));
                }
            }
            assertThat(rows.equals(source)).isTrue();
            assertThat(ended(context).rows()).isEqualTo(end.path("rows").asLong());
        }
    }

    /** Each change fits the rows before it; returns how many the snapshot has seen. */
    private static int follow(TestingTask task, JsonNode begin, Map<Integer, Integer> rows) {
        SnapshotFence fence = SnapshotFence.parse(
                begin.path("visible").asText(), Lsn.parse(begin.path("lsn").asText()));
        int passedOver = 0;
        for (Read change : readUntil(
                Topics.changes(task.id),
                record -> record.value().at("/after/id").asInt() == -1)) {
            String op = change.value().path("op").asText();
            if (op.isEmpty() || op.equals("m")) {
                continue;
            }
            String[] transaction = change.value().at("/transaction/id").asText().split(":", 2);
            if (fence.hides(new ChangePosition(
                    new Lsn(Long.parseUnsignedLong(transaction[1])), Long.parseLong(transaction[0]), 1))) {
                passedOver++;
                continue;
            }
            JsonNode after = change.value().path("after");
            int id = (op.equals("d") ? change.value().path("before") : after)
                    .path("id")
                    .asInt();
            Integer was = op.equals("d")
                    ? rows.remove(id)
                    : rows.put(id, after.path("v").asInt());
            assertThat(was == null).as("%s of %s", op, id).isEqualTo(op.equals("c"));
        }
        return passedOver;
    }

    private static void write(TestingTask task, int writer, AtomicBoolean enough) {
        Random random = new Random(writer);
        try (Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 1; !enough.get(); i++) {
                // Rows of its own, so that nobody waits for another one.
                for (int j = 0; j < 5; j++) {
                    int id = 3 * (1 + random.nextInt(6_000)) + writer;
                    statement.execute(
                            random.nextInt(4) == 0
                                    ? "DELETE FROM item WHERE id = " + id
                                    : "INSERT INTO item VALUES (" + id + ", " + i
                                            + ") ON CONFLICT (id) DO UPDATE SET v = excluded.v");
                }
                if (random.nextInt(5) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By a stop, which another run follows; and by the loss of its session, after which it begins again by itself. */
    @Test
    void oneThatBreaksOffBeginsAgainUnderAnotherId() throws Exception {
        try (TestingTask task = new TestingTask(
                List.of("item"),
                "CREATE TABLE item (id int PRIMARY KEY, v text)",
                "INSERT INTO item SELECT i, repeat('x', 200) FROM generate_series(1, 200000) i")) {
            TestingContext stopped = new TestingContext();
            CompletableFuture<TestingContext> first = run(task, stopped);
            String firstId =
                    readUntil(Topics.snapshots(task.id), Read::isRow).getLast().snapshot();
            stopped.stop();
            first.join();
            assertThat(stopped.facts()).noneMatch(fact -> fact instanceof Fact.SnapshotProgress p && p.ended());

            TestingContext context = new TestingContext();
            CompletableFuture<TestingContext> second = run(task, context);
            String secondId = readUntil(
                            Topics.snapshots(task.id),
                            record -> record.isRow() && !record.snapshot().equals(firstId))
                    .getLast()
                    .snapshot();
            task.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + task.database
                    + "' AND application_name = 'sluice-snapshot'");
            second.join();
            assertThat(context.facts())
                    .filteredOn(Fact.SnapshotProgress.class::isInstance)
                    .map(Fact.SnapshotProgress.class::cast)
                    .anyMatch(progress -> progress.code() == ErrorCode.CONNECTION_LOST && !progress.ended());
            Fact.SnapshotProgress end = ended(context);
            assertThat(end.id()).isNotIn(firstId, secondId);
            assertThat(end.rows()).isEqualTo(200_000);
            List<Read> all = readUntil(Topics.snapshots(task.id), record -> record.is("END"));
            assertThat(all.getLast().value().path("snapshot").asText()).isEqualTo(end.id());
            assertThat(all.stream()
                            .filter(Read::isRow)
                            .filter(record -> record.snapshot().equals(end.id()))
                            .map(record -> record.value().at("/after/id").asInt())
                            .distinct()
                            .count())
                    .isEqualTo(200_000);
        }
    }

    @Test
    void aRowReadsAsItsInsertDoes() throws Exception {
        try (TestingTask task = new TestingTask(
                List.of("heap", "odd", "parent", "parted"),
                "CREATE DOMAIN small AS int CHECK (VALUE < 9)",
                "CREATE TYPE mood AS ENUM ('so-so', 'it''s fine')",
                "CREATE TABLE odd (id bigint, b boolean, n numeric, m money, c char(5), t text, y bytea, a text[],"
                        + " j jsonb, at timestamptz, i interval, f float8, s small, o mood, e text,"
                        + " g int GENERATED ALWAYS AS (7) STORED, PRIMARY KEY (id))",
                "CREATE TABLE heap (v text)",
                "ALTER TABLE heap REPLICA IDENTITY FULL",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child () INHERITS (parent)",
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                "INSERT INTO parted VALUES (6)")) {
            task.start();
            task.transaction(
                    "INSERT INTO odd VALUES (1, true, 1.50, 12.5, 'ab', E'a\\tb\\n\\\\N\\\\ \"ü', '\\x00ff', '{a,NULL,\"b c\"}',"
                            + " '{\"k\": [1, null]}', '2026-11-27 10:00:00.123456+02', '1 day -2 hours', 'NaN', 3,"
                            + " 'it''s fine', '')",
                    "INSERT INTO odd (id) VALUES (2)",
                    "INSERT INTO heap VALUES ('same'), ('same'), (NULL)",
                    "INSERT INTO parent VALUES (1)",
                    "INSERT INTO child VALUES (2)",
                    "INSERT INTO parted VALUES (5)");
            List<Read> changes = readUntil(Topics.changes(task.id), record -> record.is("END")).stream()
                    .filter(record -> record.value().path("op").asText().equals("c"))
                    .toList();
            run(task).join();
            List<Read> snapshot = readUntil(Topics.snapshots(task.id), record -> record.is("END"));
            List<Read> rows = snapshot.stream()
                    .filter(record ->
                            record.isRow() && record.value().at("/after/id").asInt() != 6)
                    .toList();
            assertThat(forms(rows)).containsExactlyInAnyOrderElementsOf(forms(changes));

            task.transaction("DELETE FROM parted WHERE id = 5", "INSERT INTO parted VALUES (7)");
            int[] ended = {0};
            List<Read> everything = new ArrayList<>(snapshot);
            everything.addAll(readUntil(Topics.changes(task.id), record -> record.is("END") && ++ended[0] == 2));
            JsonNode copy = tree(ExamplesIT.copy(everything.stream()
                            .map(record -> record.value().toString())
                            .toList())
                    .getBytes(UTF_8));
            assertThat(copy.path("public.parted").toString()).isEqualTo("[{\"id\":6},{\"id\":7}]");
            assertThat(copy.path("public.heap")).hasSize(3);
            assertThat(copy.path("public.parent").toString()).isEqualTo("[{\"id\":1}]");

            // A table that was not asked for is not read; one that is gone is named.
            TestingContext context = run(task, new TestingContext(), new TableName("public", "parted"))
                    .join();
            assertThat(ended(context).rows()).isEqualTo(2);
            context = run(task, new TestingContext(), new TableName("public", "none"))
                    .join();
            assertThat(ended(context).code()).isEqualTo(ErrorCode.TABLE_UNSUPPORTED);
            assertThat(task.cleaner().cleanTopic()).isEmpty();
            try (Admin admin = Admin.create(
                    Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
                await().until(() -> !admin.listTopics().names().get().contains(Topics.snapshots(task.id)));
            }
        }
    }

    /** Everything of a record that is not of its time. */
    private static List<String> forms(List<Read> records) {
        return records.stream()
                .map(record -> record.key() + " " + record.value().at("/source/schema") + "."
                        + record.value().at("/source/table") + record.value().at("/source/key")
                        + record.value().path("after"))
                .toList();
    }

    private static Fact.SnapshotProgress ended(TestingContext context) {
        return (Fact.SnapshotProgress) context.facts().getLast();
    }
}
