package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@EndToEnd
class AlertIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void tellsOnceThatATaskHasFailedAndOnceThatItIsWellAgain(Sluice sluice) {
        Pair pair = Pair.create(sluice, "alerts");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders VALUES (1, 10)");
        try (Webhook webhook = Webhook.start()) {
            String secret = webhook.subscribe(sluice, "operations");
            ObjectNode spec = Task.spec(pair, "app");
            spec.putObject("alerts").put("topic", "operations");
            Task task = Task.create(pair, spec);
            task.start();
            task.awaitStreaming();
            assertThat(webhook.alerts()).isEmpty();

            pair.onTarget("ALTER TABLE app.orders DROP COLUMN amount");
            pair.onSource("INSERT INTO app.orders VALUES (2, 20)");
            JsonNode failed =
                    task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));
            assertThat(failed.path("error").path("code").asText()).isEqualTo("SCHEMA_CHANGED");
            assertThat(failed.path("error").path("detail").asText()).contains("app.orders", "amount");
            await("one alert").atMost(PATIENCE).until(() -> webhook.alerts().size() == 1);

            pair.onTarget("ALTER TABLE app.orders ADD COLUMN amount numeric", "UPDATE app.orders SET amount = 10");
            task.action("resume").expect(202);
            task.awaitZeroLag();
            pair.assertEqual("app");
            await("the end of the alert")
                    .atMost(PATIENCE)
                    .until(() -> webhook.alerts().size() == 2);

            List<Webhook.Message> alerts = webhook.alerts();
            assertThat(alerts).extracting(Webhook.Message::alert).containsExactly("FIRING", "RESOLVED");
            assertThat(alerts).allMatch(message -> message.isSignedWith(secret));
            assertThat(alerts).extracting(Webhook.Message::id).doesNotHaveDuplicates();
            assertThat(alerts)
                    .extracting(
                            message -> message.json().path("alert").path("key").asText())
                    .containsOnly(
                            alerts.getFirst().json().path("alert").path("key").asText());
            assertThat(alerts.getFirst().text()).contains(pair.name(), "amount");
            assertThat(alerts.getFirst().json().path("topic").asText()).isEqualTo("operations");
            task.end();
            // Stopping a healthy task is no alarm.
            assertThat(webhook.alerts()).hasSize(2);
        }
    }
}
