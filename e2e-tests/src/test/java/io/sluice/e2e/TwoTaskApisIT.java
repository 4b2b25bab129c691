package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two processes of the task API on one configuration database. */
@EndToEnd
class TwoTaskApisIT {

    private static final int ROUNDS = 4;

    private static ServiceProcess first;
    private static ServiceProcess second;
    private static Api other;

    @BeforeAll
    static void startTheSecond(Sluice sluice) {
        first = sluice.stack().taskApi();
        second = sluice.stack().addTaskApi();
        other = new Api(second.url(), sluice.stack().adminToken());
    }

    @AfterAll
    static void leaveOnlyTheFirst() {
        second.stop();
        if (!first.isAlive()) {
            first.start();
        }
    }

    @Test
    void eitherTakesCommandsAndNoOrderIsGivenTwice(Sluice sluice) throws InterruptedException {
        Pair pair = pair(sluice, "two_task_apis");
        Task task = Task.create(pair, Task.spec(pair, "app"));
        Task throughOther = task.through(other);
        throughOther.startIn(Duration.ofSeconds(5));
        task.awaitStreaming();
        assertStartedOnce(sluice, task);

        for (int i = 0; i < ROUNDS; i++) {
            assertThat(atOnce(task, throughOther, "pause")).containsExactlyInAnyOrder(202, 409);
            assertThat(atOnce(task, throughOther, "resume")).containsExactlyInAnyOrder(202, 409);
        }
        task.awaitStreaming();
        assertThat(generations(sluice, task, "PAUSE")).hasSize(ROUNDS).doesNotHaveDuplicates();
        assertThat(generations(sluice, task, "RUN").stream().distinct()).hasSize(ROUNDS + 1);

        first.kill();
        throughOther.action("pause").expect(202);
        pair.onSource("INSERT INTO app.item SELECT -i, 'later' FROM generate_series(1, 1000) i");
        throughOther.action("resume").expect(202);
        throughOther.awaitZeroLag();
        first.start();
        pair.assertEqual("app");
        task.end();
    }

    @Test
    void aPlannedStartWhoseTimeCameWhileNobodyWasThereIsMadeOnce(Sluice sluice) throws SQLException {
        Pair pair = pair(sluice, "planned_start");
        Task task = Task.create(pair, Task.spec(pair, "app"));
        Instant at = task.startIn(Duration.ofSeconds(5));
        first.kill();
        second.kill();
        assertThat(storedState(sluice, task)).isEqualTo("PENDING_START");
        await("its time has come").until(() -> Instant.now().isAfter(at));

        first.launch();
        second.launch();
        first.awaitReady();
        second.awaitReady();
        task.awaitStreaming();
        assertStartedOnce(sluice, task);
        pair.assertEqual("app");
        task.end();
    }

    /** The checks wait for a lock on a table when whoever carries them out is killed. */
    @Test
    void whatADeadOneWasCheckingTheOtherGoesOnWith(Sluice sluice) throws SQLException {
        Pair pair = pair(sluice, "dead_checks");
        Task planned = Task.create(pair, readingRows(pair, "planned-by-the-dead"));
        Task checked = Task.create(pair, readingRows(pair, "checked-by-the-dead"));
        planned.startIn(Duration.ofSeconds(2));
        try (Connection holder = pair.source().connect(pair.name());
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE app.item IN ACCESS EXCLUSIVE MODE");
            first.kill();
            int waiting = awaitMoreWaiting(pair, 0);
            first.start();
            checked.through(other)
                    .post("prechecks", Api.JSON.createObjectNode())
                    .expect(202);
            awaitMoreWaiting(pair, waiting);
            second.kill();
        }
        assertThat(checked.post("prechecks", Api.JSON.createObjectNode()).code())
                .isEqualTo("PRECHECK_RUNNING");
        letTheDeadBeForgotten(sluice);

        JsonNode ended = checked.awaitPrecheck();
        assertThat(ended.path("state").asText()).isEqualTo("FAILED");
        assertThat(ended.path("problem").asText()).contains("run it again");
        planned.awaitStreaming();
        assertStartedOnce(sluice, planned);
        pair.assertEqual("app");
        planned.end();
        assertThat(checked.precheck().path("state").asText()).isNotIn("RUNNING", "FAILED");
        checked.delete().expect(204);
        second.start();
    }

    private static Pair pair(Sluice sluice, String name) {
        Pair pair = Pair.create(sluice, name);
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.item (id int PRIMARY KEY, v text)",
                "INSERT INTO app.item SELECT i, 'x' FROM generate_series(1, 1000) i");
        return pair;
    }

    /** A task for whose checks rows are read, to see what becomes of them. */
    private static ObjectNode readingRows(Pair pair, String name) {
        ObjectNode spec = Task.spec(pair, "app").put("name", name);
        spec.putArray("transforms").addObject().put("table", "app.item").put("expression", "row");
        spec.putObject("structure").put("existingTable", "TRUNCATE");
        return spec;
    }

    /** Returns how many checks wait for the lock when they are more than a number. */
    private static int awaitMoreWaiting(Pair pair, int than) {
        return await("checks wait for the lock")
                .atMost(Duration.ofSeconds(60))
                .until(
                        () -> Integer.parseInt(pair.askSource(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND application_name = 'sluice precheck' AND wait_event_type = 'Lock'")),
                        waiting -> waiting > than);
    }

    /** As if the half minute had passed for which what an instance has claimed is kept for it. */
    private static void letTheDeadBeForgotten(Sluice sluice) {
        sluice.stack()
                .configurationServer()
                .execute(
                        "sluice_tasks",
                        "UPDATE precheck SET seen_at = '-infinity' WHERE state = 'RUNNING'",
                        "UPDATE task SET start_claimed_until = NULL WHERE state = 'PENDING_START'");
    }

    /** As the configuration database has it, whoever is there to be asked. */
    private static String storedState(Sluice sluice, Task task) throws SQLException {
        try (Connection connection = sluice.stack().configurationServer().connect("sluice_tasks");
                PreparedStatement statement = connection.prepareStatement("SELECT state FROM task WHERE id = ?")) {
            statement.setString(1, task.id());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static void assertStartedOnce(Sluice sluice, Task task) {
        assertThat(details(task)).containsOnlyOnce("PENDING_START to STARTING");
        assertThat(generations(sluice, task, "RUN").stream().distinct()).hasSize(1);
    }

    /** Both statuses. */
    private static List<Integer> atOnce(Task one, Task two, String verb) throws InterruptedException {
        CountDownLatch ready = new CountDownLatch(2);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (Task task : List.of(one, two)) {
            answers.add(CompletableFuture.supplyAsync(() -> {
                ready.countDown();
                return task.action(verb).status();
            }));
        }
        ready.await();
        return answers.stream().map(CompletableFuture::join).toList();
    }

    private static List<String> details(Task task) {
        List<String> details = new ArrayList<>();
        task.events().forEach(line -> details.add(line.path("detail").asText()));
        return details;
    }

    /** Of the orders on the bus with this phase. */
    private static List<Long> generations(Sluice sluice, Task task, String phase) {
        List<Long> generations = new ArrayList<>();
        Topics.read(sluice, "sluice.tasks", "read_committed", order -> {
            try {
                JsonNode json = order.value() == null ? Api.JSON.createObjectNode() : Api.JSON.readTree(order.value());
                if (json.path("taskId").asText().equals(task.id())
                        && json.path("phase").asText().equals(phase)) {
                    generations.add(json.path("generation").asLong());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return generations;
    }
}
