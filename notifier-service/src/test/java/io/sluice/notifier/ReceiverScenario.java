package io.sluice.notifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.notifier.WebhookReceiver.Received;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A topic of its own and a receiver for each test, with every server real. */
abstract class ReceiverScenario {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    KafkaServer kafka;
    PostgresServer postgres;

    final String topic = "ops-" + UUID.randomUUID();
    WebhookReceiver receiver;

    @BeforeEach
    void openReceiver() throws IOException {
        receiver = new WebhookReceiver();
        Api.createTopic(topic);
    }

    @AfterEach
    void closeReceiver() {
        TestClock.reset();
        Api.admin().delete("/api/v1/topics/" + topic);
        receiver.close();
    }

    /** The signing secret of a subscription that was made and confirmed by the link that it got. */
    String subscribeAndConfirm(String path) {
        String secret = Api.subscribe(topic, "http", receiver.url(path))
                .then()
                .statusCode(201)
                .extract()
                .path("secret");
        awaitReceived(path, 1);
        Received confirmation = receiver.on(path).get(0);
        assertThat(confirmation.type()).isEqualTo("SubscriptionConfirmation");
        assertThat(confirmation.isSignedWith(secret)).isTrue();
        assertThat(confirmation.json().getString("confirmUrl")).startsWith(Servers.BASE_URL + "/api/v1/confirmations/");
        Api.open(confirmation.json().getString("confirmUrl"))
                .then()
                .statusCode(200)
                .body("topic", equalTo(topic))
                .body("state", equalTo("CONFIRMED"));
        return secret;
    }

    void sendTest() {
        Api.admin().post("/api/v1/topics/" + topic + "/test").then().statusCode(202);
    }

    void awaitNotifications(String path, int count) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(receiver.notificationsOn(path)).hasSizeGreaterThanOrEqualTo(count));
    }

    void awaitReceived(String path, int count) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(receiver.on(path)).hasSizeGreaterThanOrEqualTo(count));
    }

    /** All rows of a table, as text. */
    String dump(String table) throws SQLException {
        return dump(table, "t::text");
    }

    /** One column of all rows. */
    String dump(String table, String column) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = postgres.connect("sluice_notifier");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT " + column + " FROM " + table + " t")) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return String.join("\n", rows);
    }
}
