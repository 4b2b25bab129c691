package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@EndToEnd
class LostSlotIT {

    @Test
    void aSlotThatIsGoneIsNamedAndNeverMadeAgainWithAGap(Sluice sluice) {
        Pair pair = Pair.create(sluice, "lost_slot");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "CREATE TABLE app.line (id int PRIMARY KEY, of_order int REFERENCES app.orders)",
                "CREATE TABLE app.heap (note text)",
                "ALTER TABLE app.heap REPLICA IDENTITY FULL",
                "INSERT INTO app.orders VALUES (1, 10), (7, 70)",
                "INSERT INTO app.line VALUES (1, 1)",
                "INSERT INTO app.heap VALUES ('a'), ('a')");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        sluice.capture().kill();
        String slots = "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()";
        String slot = pair.askSource(slots);
        await("the slot is free")
                .atMost(Duration.ofMinutes(1))
                .until(() -> pair.askSource("SELECT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'")
                        .equals("f"));
        pair.askSource("SELECT pg_drop_replication_slot('" + slot + "')");
        pair.onSource(
                "INSERT INTO app.orders VALUES (2, 20)",
                "DELETE FROM app.orders WHERE id = 7",
                "INSERT INTO app.heap VALUES ('a')");
        sluice.capture().start();

        JsonNode failed =
                task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));

        assertThat(failed.path("error").path("code").asText()).isEqualTo("SLOT_LOST");
        assertThat(failed.path("error").path("detail").asText()).contains(slot);
        assertThat(pair.askSource(slots)).isEmpty();
        task.action("resume").expect(202);
        task.awaitView(
                "failed again", view -> view.path("error").path("code").asText().equals("SLOT_LOST"));
        assertThat(pair.askSource(slots)).isEmpty();
        assertThat(pair.askTarget("SELECT count(*) FROM app.orders")).isEqualTo("2");

        ObjectNode anew = Api.JSON.createObjectNode();
        anew.putArray("reload").add("*");
        task.post("resume", anew).expect(202);
        await("what was left of the slot is removed")
                .atMost(Duration.ofMinutes(1))
                .until(() -> !task.state().endsWith("_FAILED"));
        task.awaitStreaming();
        pair.onSource("INSERT INTO app.orders VALUES (3, 30)", "INSERT INTO app.heap VALUES ('b')");
        await("all tables are loaded")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(task.progress().path("tables"))
                        .isNotEmpty()
                        .allMatch(table -> table.path("state").asText().equals("DONE")));
        task.awaitZeroLag();
        assertThat(pair.assertEqual("app")).isEqualTo(8);
        assertThat(pair.askTarget(
                        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'app.line'::regclass"))
                .isEqualTo("1");
        task.end();
    }
}
