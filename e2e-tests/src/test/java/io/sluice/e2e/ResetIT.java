package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

@EndToEnd
class ResetIT {

    @Test
    void leavesNothingAndBeginsAnew(Sluice sluice) {
        Pair pair = Pair.create(sluice, "reset_and_start");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders SELECT n, n FROM generate_series(1, 5000) n");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        pair.onSource("UPDATE app.orders SET amount = amount + 1 WHERE id % 2 = 0");
        task.awaitZeroLag();
        task.action("pause").expect(202);

        task.action("reset").expect(202);

        assertThat(task.awaitState("CONFIGURATION")).isEqualTo("CONFIGURATION");
        assertThat(pair.leftOnSource()).isEmpty();
        assertThat(Topics.names(sluice)).noneMatch(topic -> topic.contains(task.id()));
        assertThat(pair.askTarget("SELECT count(*) FROM app.orders")).isEqualTo("5000");
        pair.onSource("DELETE FROM app.orders WHERE id <= 100", "INSERT INTO app.orders VALUES (9999, 1)");
        pair.onTarget("DROP TABLE app.orders");

        task.start();
        task.awaitStreaming();
        pair.onSource("INSERT INTO app.orders VALUES (10000, 2)", "DELETE FROM app.orders WHERE id = 9999");
        task.awaitZeroLag();

        assertThat(pair.assertEqual("app")).isEqualTo(4901);
        assertThat(task.view().path("generation").asLong()).isGreaterThanOrEqualTo(5);

        task.action("pause").expect(202);
        task.post("reset", Api.JSON.createObjectNode().put("dropTargetData", true))
                .expect(202);
        task.awaitState("CONFIGURATION");
        assertThat(pair.leftOnSource()).isEmpty();
        assertThat(pair.askTarget("SELECT to_regclass('app.orders') IS NULL AND to_regnamespace('_sluice') IS NULL"))
                .isEqualTo("t");

        task.start();
        task.awaitStreaming();
        assertThat(pair.assertEqual("app")).isEqualTo(4901);
        deleteWhileEverythingIsKilled(sluice, task);
    }

    /** The services are away when the deletion is ordered, and the API dies while it waits for them. */
    private static void deleteWhileEverythingIsKilled(Sluice sluice, Task task) {
        sluice.capture().kill();
        sluice.apply().kill();
        task.post("stop", Api.JSON.createObjectNode().put("force", true)).expect(202);
        assertThat(task.pair().leftOnSource()).contains("slot", "publication");
        CompletableFuture<Api.Answer> cut = CompletableFuture.supplyAsync(task::delete);
        task.awaitView("being deleted", view -> view.path("deleting").asBoolean());
        sluice.stack().taskApi().kill();
        assertThat(cut).failsWithin(Duration.ofMinutes(1));

        sluice.capture().start();
        sluice.apply().start();
        sluice.stack().taskApi().start();

        task.deleteWithoutTrace();
    }
}
