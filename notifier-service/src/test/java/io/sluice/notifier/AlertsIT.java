package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static io.sluice.contracts.event.TaskEvent.Health.HEALTHY;
import static io.sluice.contracts.event.TaskEvent.Health.UNSURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.WebhookReceiver.Received;
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
        events.send(Events.event(task + "-5", task, topic, HEALTHY));
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
        events.send(Events.event(task + "-2", task, topic, HEALTHY));
        awaitNotifications("/ordered", 3);
        assertThat(receiver.notificationsOn("/ordered"))
                .extracting(message -> message.json().getString("alert.state"))
                .containsExactly("FIRING", "FIRING", "RESOLVED");
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
        postgres.stop();
        try {
            events.send(Events.event(task + "-2", task, topic, HEALTHY));
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
