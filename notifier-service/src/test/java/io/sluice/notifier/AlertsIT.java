package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static io.sluice.contracts.event.TaskEvent.Health.HEALTHY;
import static io.sluice.contracts.event.TaskEvent.Health.UNSURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.Json;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.WebhookReceiver.Received;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From an event on the bus to a message at a receiver. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class AlertsIT extends ReceiverScenario {

    private final String task = UUID.randomUUID().toString();
    private Events events;

    @BeforeEach
    void openEvents() throws Exception {
        events = new Events(kafka.bootstrapServers());
    }

    @AfterEach
    void closeEvents() {
        events.close();
    }

    @Test
    void theConfirmedSubscriptionIsToldOnceWhenATaskFailsAndOnceWhenItIsHealthyAgain() {
        String secret = subscribeAndConfirm("/told");
        Api.subscribe(topic, "http", receiver.url("/pending")).then().statusCode(201);

        events.send(Events.event(task + "-1", task, topic, HEALTHY));
        events.send(Events.event(task + "-2", task, topic, UNSURE));
        TaskEvent failed = Events.event(task + "-3", task, topic, ABNORMAL);
        events.send(failed);
        events.send(failed);
        events.send(Events.event(task + "-4", task, topic, ABNORMAL));
        awaitNotifications("/told", 1);
        events.send(task, "no event at all");
        events.send(task, "{}");
        events.recover(task + "-5", task, topic);
        events.send(failed);
        awaitNotifications("/told", 2);
        events.send(Events.event(task + "-6", task, topic, ABNORMAL));
        awaitNotifications("/told", 3);

        List<Received> told = receiver.notificationsOn("/told");
        assertThat(told).allMatch(message -> message.isSignedWith(secret));
        assertThat(told)
                .extracting(message -> message.json().getString("alert.state"))
                .containsExactly("FIRING", "RESOLVED", "FIRING");
        Received fired = told.get(0);
        assertThat(fired.id()).isEqualTo(fired.json().getString("id"));
        assertThat(fired.json().getString("alert.key")).isEqualTo(task + "/abnormal");
        assertThat(fired.json().getString("task.name")).isEqualTo("name-of-" + task);
        assertThat(fired.json().getString("message"))
                .contains("name-of-" + task, "INCREMENTAL_SYNC_FAILED", "SLOT_LOST", "The slot is gone.", "since");
        Received resolved = told.get(1);
        assertThat(resolved.json().getString("alert.since"))
                .isEqualTo(fired.json().getString("alert.since"));
        assertThat(resolved.id()).isNotEqualTo(fired.id());
        assertThat(receiver.notificationsOn("/pending")).isEmpty();
    }

    @Test
    void theEndOfAnAlertIsNotToldBeforeItsBeginning() {
        subscribeAndConfirm("/ordered");
        receiver.answer("/ordered", (exchange, before) -> WebhookReceiver.status(exchange, before == 1 ? 503 : 200));

        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        events.recover(task + "-2", task, topic);
        await().atMost(PATIENCE)
                .until(() -> Api.deliveries(topic, "PENDING")
                        .path("items.attempts.flatten().size()")
                        .equals(1));
        TestClock.advance(Duration.ofSeconds(8));
        awaitNotifications("/ordered", 3);
        assertThat(receiver.notificationsOn("/ordered"))
                .extracting(message -> message.json().getString("alert.state"))
                .containsExactly("FIRING", "FIRING", "RESOLVED");
    }

    @Test
    void lagIsToldOnceWhenItStaysAndOnceWhenItIsGone() {
        subscribeAndConfirm("/lag");
        Instant time = Instant.now().minus(Duration.ofHours(2));
        time = lags(time, Duration.ofSeconds(30), 1_000);
        time = lags(time, Duration.ofMinutes(5), 90_000);
        time = lags(time, Duration.ofSeconds(5), 59_000);
        time = lags(time, Duration.ofMinutes(5), 90_000);
        time = lags(time, Duration.ofSeconds(5), 60_000);
        Instant above = time.plusSeconds(5);
        time = lags(time, Duration.ofMinutes(20), 95_000);
        lags(time, Duration.ofMinutes(20), 2_000);
        events.recover(task + "-end", task, topic);
        // Once more from the beginning, as after a crash of the reader.
        lags(Instant.now().minus(Duration.ofHours(2)), Duration.ofMinutes(10), 90_000);
        events.send(Events.event(task + "-failed", task, topic, ABNORMAL));
        awaitNotifications("/lag", 3);

        List<Received> told = receiver.notificationsOn("/lag");
        assertThat(told)
                .extracting(message -> message.json().getString("subject"))
                .containsExactly(
                        "[FIRING] Task name-of-" + task + " lags by 95 s",
                        "[RESOLVED] Task name-of-" + task + " has caught up",
                        "[FIRING] Task name-of-" + task + " is abnormal: INCREMENTAL_SYNC_FAILED");
        assertThat(told.getFirst().json().getString("alert.key")).isEqualTo(task + "/lag");
        assertThat(Instant.parse(told.getFirst().json().getString("alert.since")))
                .isEqualTo(above.truncatedTo(ChronoUnit.MICROS));
    }

    private Instant lags(Instant from, Duration duration, long millis) {
        Instant time = from;
        while (time.isBefore(from.plus(duration))) {
            time = time.plusSeconds(5);
            events.post(Events.vitals(task, topic, time, millis));
        }
        events.flush();
        return time;
    }

    @Test
    void differencesAreToldOnceAndOnceThatThereAreNoneAnyMore() {
        subscribeAndConfirm("/compared");
        events.send(Events.compared(task, topic, 1, List.of(), List.of("app.busy")));
        events.send(Events.compared(task, topic, 2, List.of("app.a"), List.of("app.busy")));
        events.send(Events.compared(task, topic, 3, List.of("app.a"), List.of()));
        events.send(Events.compared(task, topic, 4, List.of(), List.of("app.a")));
        events.send(Events.compared(task, topic, 5, List.of(), List.of()));
        events.send(Events.event(task + "-failed", task, topic, ABNORMAL));
        awaitNotifications("/compared", 3);
        assertThat(receiver.notificationsOn("/compared"))
                .extracting(message -> message.json().getString("message"))
                .satisfiesExactly(
                        fires -> assertThat(fires).contains("Comparison 2 (CONTENT) found differences: app.a."),
                        resolves -> assertThat(resolves).contains("Comparison 5 (CONTENT) found no difference."),
                        failed -> assertThat(failed).contains("INCREMENTAL_SYNC_FAILED"));
    }

    @Test
    void figuresThatComeOnceMoreAfterATaskWasDeletedReviveNothing() {
        subscribeAndConfirm("/deleted-task");
        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        events.send(Events.stopped(task + "-2", task, topic));
        events.send(Events.deleted(task + "-3", task, topic));
        // As after a crash before Kafka knew that they had been read.
        for (int seconds = 20; seconds > 0; seconds -= 5) {
            TaskEvent calm = Events.vitals(task, topic, Instant.now().minusSeconds(seconds), 0);
            events.send(new TaskEvent(
                    calm.id(),
                    task,
                    calm.taskName(),
                    topic,
                    calm.kind(),
                    ABNORMAL,
                    "FULL_SYNC_FAILED",
                    null,
                    "",
                    calm.at(),
                    calm.vitals(),
                    null));
        }
        String other = UUID.randomUUID().toString();
        // Behind them in the same partition.
        events.send(task, Json.write(Events.event(other + "-1", other, topic, ABNORMAL)));
        awaitNotifications("/deleted-task", 3);
        assertThat(receiver.notificationsOn("/deleted-task"))
                .extracting(message -> message.json().getString("alert.key") + " "
                        + message.json().getString("alert.state"))
                .containsExactly(task + "/abnormal FIRING", task + "/abnormal RESOLVED", other + "/abnormal FIRING");
        Api.admin().queryParam("task", task).get("/api/v1/alerts").then().body("items", hasSize(0));
    }

    @Test
    void anAlertThatReachesNobodyIsSeenWithTheReason() {
        String unknown = "unknown-" + task;
        events.send(Events.event(task + "-1", task, unknown, ABNORMAL));
        String other = UUID.randomUUID().toString();
        events.send(Events.event(other + "-1", other, topic, ABNORMAL));
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.admin()
                        .queryParam("state", "FIRING")
                        .queryParam("topic", unknown)
                        .get("/api/v1/alerts")
                        .then()
                        .statusCode(200)
                        .body("items.key", equalTo(List.of(task + "/abnormal")))
                        .body("items[0].kind", equalTo("abnormal"))
                        .body("items[0].task.name", equalTo("name-of-" + task))
                        .body("items[0].told", equalTo(0))
                        .body("items[0].untold", equalTo("UNKNOWN_TOPIC")));
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.admin()
                        .queryParam("task", other)
                        .get("/api/v1/alerts")
                        .then()
                        .body("items[0].untold", equalTo("NO_SUBSCRIPTION")));
        Api.admin().queryParam("state", "X").get("/api/v1/alerts").then().statusCode(400);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(given().get("/q/metrics").asString())
                        .containsPattern("sluice_alerts_firing\\{[^}]*kind=\"abnormal\"[^}]*task=\"" + task)
                        .contains("sluice_alerts_untold_total{reason=\"UNKNOWN_TOPIC\"")
                        .contains("sluice_alerts_silence_seconds", "sluice_deliveries_oldest_pending_seconds"));
    }

    @Test
    void whoWasToldOfAnAlertIsToldOfItsEndWhateverTopicTheTaskNamesByThen() {
        subscribeAndConfirm("/first");
        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        awaitNotifications("/first", 1);

        events.recover(task + "-2", task, "another-topic");

        awaitNotifications("/first", 2);
        assertThat(receiver.notificationsOn("/first").get(1).json().getString("alert.state"))
                .isEqualTo("RESOLVED");
    }

    @Test
    void aTopicThatIsDeletedWhileAnAlertFiresTakesItsMessagesAlong() {
        subscribeAndConfirm("/deleted");
        receiver.answer("/deleted", (exchange, before) -> WebhookReceiver.status(exchange, 503));
        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        awaitNotifications("/deleted", 1);
        Api.admin().delete("/api/v1/topics/" + topic).then().statusCode(204);
        events.send(Events.stopped(task + "-2", task, topic));
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.admin()
                        .queryParam("task", task)
                        .get("/api/v1/alerts")
                        .then()
                        .body("items[0].state", equalTo("RESOLVED"))
                        .body("items[0].untold", equalTo("UNKNOWN_TOPIC")));
        Api.deliveries(topic, "PENDING")
                .then()
                .body("items.findAll { it.message.type == 'Notification' }.size()", equalTo(0));
    }

    @Test
    void goesOnByItselfWhenKafkaComesBack() {
        subscribeAndConfirm("/patient");
        kafka.restart();
        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        awaitNotifications("/patient", 1);
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void anEventIsNotLostWhileTheDatabaseIsAway() {
        subscribeAndConfirm("/kept");
        events.send(Events.event(task + "-1", task, topic, ABNORMAL));
        awaitNotifications("/kept", 1);
        // What is sent and not noted yet is sent once more.
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.deliveries(topic, "PENDING").then().body("items", hasSize(0)));
        postgres.stop();
        try {
            events.recover(task + "-2", task, topic);
            await().atMost(PATIENCE).until(() -> given().get("/q/health/ready").statusCode() == 503);
        } finally {
            postgres.start();
        }
        awaitNotifications("/kept", 2);
        assertThat(receiver.notificationsOn("/kept"))
                .extracting(message -> message.json().getString("alert.state"))
                .containsExactly("FIRING", "RESOLVED");
    }
}
