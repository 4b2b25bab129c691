package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
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
                "INSERT INTO app.orders VALUES (1, 10)");
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
        pair.onSource("INSERT INTO app.orders VALUES (2, 20)");
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
        assertThat(pair.askTarget("SELECT count(*) FROM app.orders")).isEqualTo("1");

        task.post("reset", Api.JSON.createObjectNode().put("dropTargetData", true))
                .expect(202);
        await("the task is reset")
                .atMost(Duration.ofMinutes(1))
                .until(() -> task.state().equals("CONFIGURATION"));
        task.start();
        task.awaitStreaming();
        pair.onSource("INSERT INTO app.orders VALUES (3, 30)");
        task.awaitZeroLag();
        assertThat(pair.assertEqual("app")).isEqualTo(3);
        task.end();
    }
}
