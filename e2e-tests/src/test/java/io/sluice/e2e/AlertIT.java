package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One task and all that can happen to it: differences, a failure, a target that is away. */
@EndToEnd
class AlertIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void tellsOnceOfEachThingThatIsWrongAndOnceThatItIsOver(Sluice sluice) {
        Pair pair = Pair.create(sluice, "alerts");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders VALUES (1, 10)");
        try (Webhook webhook = Webhook.start()) {
            String secret = webhook.subscribe(sluice, "operations");
            ObjectNode spec = Task.spec(pair, "app");
            spec.putObject("alerts").put("topic", "operations").put("lagThresholdSeconds", 3600);
            Task task = Task.create(pair, spec);
            task.start();
            task.awaitStreaming();
            assertThat(webhook.alerts()).isEmpty();

            comparison(sluice, pair, task, webhook);
            failure(pair, task, webhook);
            absence(sluice, task, webhook);

            List<Webhook.Message> alerts = webhook.alerts();
            assertThat(alerts).allMatch(message -> message.isSignedWith(secret));
            assertThat(alerts).extracting(Webhook.Message::id).doesNotHaveDuplicates();
            assertThat(alerts)
                    .extracting(
                            message -> message.json().path("alert").path("key").asText() + " " + message.alert())
                    .containsExactly(
                            task.id() + "/comparison FIRING",
                            task.id() + "/comparison RESOLVED",
                            task.id() + "/abnormal FIRING",
                            task.id() + "/abnormal RESOLVED",
                            task.id() + "/abnormal FIRING",
                            task.id() + "/abnormal RESOLVED");
            assertThat(alerts)
                    .allMatch(message -> message.json().path("topic").asText().equals("operations"));
            task.end();
            // Stopping a healthy task is no alarm.
            assertThat(webhook.alerts()).hasSize(6);
        }
    }

    private static void comparison(Sluice sluice, Pair pair, Task task, Webhook webhook) {
        task.awaitZeroLag();
        pair.onTarget("UPDATE app.orders SET amount = 11");
        compare(sluice, task);
        awaitAlerts(webhook, 1, PATIENCE);
        assertThat(webhook.alerts().getFirst().text()).contains(pair.name(), "app.orders");
        pair.onTarget("UPDATE app.orders SET amount = 10");
        compare(sluice, task);
        awaitAlerts(webhook, 2, PATIENCE);
    }

    private static void compare(Sluice sluice, Task task) {
        sluice.tasks()
                .post(
                        "/api/v1/tasks/" + task.id() + "/comparisons",
                        Api.JSON.createObjectNode().put("kind", "CONTENT"))
                .expect(201);
    }

    private static void failure(Pair pair, Task task, Webhook webhook) {
        pair.onTarget("ALTER TABLE app.orders DROP COLUMN amount");
        pair.onSource("INSERT INTO app.orders VALUES (2, 20)");
        JsonNode failed =
                task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));
        assertThat(failed.path("error").path("code").asText()).isEqualTo("SCHEMA_CHANGED");
        assertThat(failed.path("error").path("detail").asText()).contains("app.orders", "amount");
        awaitAlerts(webhook, 3, PATIENCE);
        assertThat(webhook.alerts().getLast().text()).contains("amount");

        // The column is another one now, which nobody can tell the values of.
        pair.onTarget("ALTER TABLE app.orders ADD COLUMN amount numeric");
        ObjectNode reload = Api.JSON.createObjectNode();
        reload.putArray("reload").add("app.orders");
        task.post("resume", reload).expect(202);
        task.awaitStreaming();
        await("the table is loaded anew").atMost(PATIENCE).untilAsserted(() -> pair.assertEqual("app"));
        task.awaitZeroLag();
        awaitAlerts(webhook, 4, PATIENCE);
    }

    /** The notifier is killed meanwhile: what it has heard so far must count after its restart. */
    private static void absence(Sluice sluice, Task task, Webhook webhook) {
        sluice.target().stop();
        long down = System.nanoTime();
        try {
            task.awaitView("retrying", view -> view.hasNonNull("retrying"));
            sluice.stack().notifier().kill();
            sluice.stack().notifier().start();
            awaitAlerts(webhook, 5, Duration.ofSeconds(90).minusNanos(System.nanoTime() - down));
        } finally {
            sluice.target().start();
        }
        Duration told = Duration.ofNanos(System.nanoTime() - down);
        long back = System.nanoTime();
        awaitAlerts(webhook, 6, Duration.ofSeconds(30));
        Seed.say("alerts: word of the absence after %s, of the return after %s"
                .formatted(told, Duration.ofNanos(System.nanoTime() - back)));
        JsonNode firing = webhook.alerts().get(4).json();
        assertThat(firing.path("task").path("state").asText()).isEqualTo("INCREMENTAL_SYNC");
        assertThat(firing.path("task").path("code").asText()).startsWith("CONNECTION");
    }

    private static void awaitAlerts(Webhook webhook, int count, Duration patience) {
        await(count + " alerts").atMost(patience).until(() -> webhook.alerts().size() >= count);
    }
}
