package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Two processes of the task API on one configuration database. */
@EndToEnd
class TwoTaskApisIT {

    private static final int ROUNDS = 4;

    @Test
    void eitherTakesCommandsAndNoOrderIsGivenTwice(Sluice sluice) throws InterruptedException {
        Pair pair = Pair.create(sluice, "two_task_apis");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.item (id int PRIMARY KEY, v text)",
                "INSERT INTO app.item SELECT i, 'x' FROM generate_series(1, 1000) i");
        ServiceProcess second = sluice.stack().addTaskApi();
        try {
            Api other = new Api(second.url(), sluice.stack().adminToken());
            Task task = Task.create(pair, Task.spec(pair, "app"));
            Task throughOther = task.through(other);
            throughOther.startIn(Duration.ofSeconds(5));
            task.awaitStreaming();
            assertThat(details(task)).containsOnlyOnce("PENDING_START to STARTING");

            for (int i = 0; i < ROUNDS; i++) {
                assertThat(atOnce(task, throughOther, "pause")).containsExactlyInAnyOrder(202, 409);
                assertThat(atOnce(task, throughOther, "resume")).containsExactlyInAnyOrder(202, 409);
            }
            task.awaitStreaming();
            assertThat(generations(sluice, task, "PAUSE")).hasSize(ROUNDS).doesNotHaveDuplicates();
            assertThat(generations(sluice, task, "RUN").stream().distinct()).hasSize(ROUNDS + 1);

            sluice.stack().taskApi().kill();
            throughOther.action("pause").expect(202);
            pair.onSource("INSERT INTO app.item SELECT -i, 'later' FROM generate_series(1, 1000) i");
            throughOther.action("resume").expect(202);
            throughOther.awaitZeroLag();
            sluice.stack().taskApi().start();
            pair.assertEqual("app");
            task.end();
        } finally {
            second.stop();
            if (!sluice.stack().taskApi().isAlive()) {
                sluice.stack().taskApi().start();
            }
        }
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
