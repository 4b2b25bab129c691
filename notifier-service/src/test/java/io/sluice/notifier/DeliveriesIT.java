package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.notifier.WebhookReceiver.Received;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How messages reach their receivers, and what is kept of them. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class DeliveriesIT extends ReceiverScenario {

    @Test
    void aReceiverThatFailsFirstGetsTheMessageAgainWithTheSameId() {
        String secret = subscribeAndConfirm("/shaky");
        receiver.answer("/shaky", (exchange, before) -> WebhookReceiver.status(exchange, before == 1 ? 500 : 200));

        Api.admin()
                .post("/api/v1/topics/" + topic + "/test")
                .then()
                .statusCode(202)
                .body("deliveries", equalTo(1));
        awaitNotifications("/shaky", 2);

        List<Received> attempts = receiver.notificationsOn("/shaky");
        assertThat(attempts)
                .extracting(Received::id)
                .containsOnly(attempts.get(0).id());
        assertThat(attempts)
                .extracting(Received::body)
                .containsOnly(attempts.get(0).body());
        assertThat(attempts).allMatch(message -> message.isSignedWith(secret));
        assertThat(Duration.between(attempts.get(0).at(), attempts.get(1).at())).isGreaterThan(Duration.ofSeconds(5));
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.deliveries(topic, "DELIVERED")
                        .then()
                        .body("items[0].id", equalTo(attempts.get(0).id()))
                        .body("items[0].attempts.httpStatus", equalTo(List.of(500, 200))));
    }

    @Test
    void aDeliveryIsSentAgainOnRequestWithTheSameId() {
        subscribeAndConfirm("/again");
        Api.admin().post("/api/v1/topics/" + topic + "/test").then().statusCode(202);
        awaitNotifications("/again", 1);
        String id = receiver.notificationsOn("/again").get(0).id();

        Api.admin().post("/api/v1/deliveries/" + id + "/redeliver").then().statusCode(202);
        awaitNotifications("/again", 2);
        assertThat(receiver.notificationsOn("/again")).extracting(Received::id).containsOnly(id);
        Api.admin()
                .post("/api/v1/deliveries/" + UUID.randomUUID() + "/redeliver")
                .then()
                .statusCode(404);
    }

    @Test
    void aSlowReceiverHoldsUpNobodyElse() {
        subscribeAndConfirm("/slow");
        subscribeAndConfirm("/quick");
        CountDownLatch release = new CountDownLatch(1);
        receiver.answer("/slow", (exchange, before) -> {
            try {
                release.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            WebhookReceiver.status(exchange, 200);
        });
        for (int message = 0; message < 40; message++) {
            Api.admin().post("/api/v1/topics/" + topic + "/test").then().statusCode(202);
        }
        awaitNotifications("/quick", 40);
        assertThat(receiver.notificationsOn("/slow")).hasSizeLessThan(10);
        release.countDown();
    }

    @Test
    void noMoreThanTheBeginningOfAnAnswerIsReadAndKept() {
        subscribeAndConfirm("/talkative");
        receiver.answer("/talkative", (exchange, before) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] block = "x\0".repeat(32_768).getBytes(StandardCharsets.UTF_8);
            for (int sent = 0; sent < 1000; sent++) {
                exchange.getResponseBody().write(block);
            }
        });
        Api.admin().post("/api/v1/topics/" + topic + "/test").then().statusCode(202);
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.deliveries(topic, "DELIVERED")
                        .then()
                        .body("items[0].message.subject", equalTo("[TEST] Topic " + topic))
                        .body("items[0].attempts[0].answer", equalTo("x".repeat(512))));
    }

    @Test
    void redirectsAreNotFollowed() {
        subscribeAndConfirm("/moved");
        receiver.answer("/moved", (exchange, before) -> {
            exchange.getResponseHeaders().add("Location", receiver.url("/elsewhere"));
            WebhookReceiver.status(exchange, 307);
        });
        Api.admin().post("/api/v1/topics/" + topic + "/test").then().statusCode(202);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        Api.deliveries(topic, "PENDING").then().body("items[0].attempts[0].httpStatus", equalTo(307)));
        assertThat(receiver.on("/elsewhere")).isEmpty();
    }

    @Test
    void whoUnsubscribesGetsAFarewellAndNothingMore() {
        String secret = subscribeAndConfirm("/leaving");
        String id =
                Api.admin().get("/api/v1/topics/" + topic + "/subscriptions").path("items[0].id");
        Api.admin()
                .delete("/api/v1/topics/" + topic + "/subscriptions/" + id)
                .then()
                .statusCode(204);
        await().atMost(PATIENCE)
                .until(() -> receiver.on("/leaving").stream()
                        .anyMatch(message ->
                                message.type().equals("UnsubscribeConfirmation") && message.isSignedWith(secret)));
        Api.admin()
                .post("/api/v1/topics/" + topic + "/test")
                .then()
                .statusCode(202)
                .body("deliveries", equalTo(0));
        String confirmation = receiver.on("/leaving").get(0).id();
        Api.admin()
                .post("/api/v1/deliveries/" + confirmation + "/redeliver")
                .then()
                .statusCode(404);
    }

    @Test
    void aNewLinkVoidsTheOneBefore() {
        Response created = Api.subscribe(topic, "http", receiver.url("/resent"));
        String location = created.header("Location");
        awaitReceived("/resent", 1);
        Api.admin().post(location + "/resend").then().statusCode(202).body("state", equalTo("PENDING"));
        awaitReceived("/resent", 2);
        List<Received> links = receiver.on("/resent");
        Api.open(links.get(0).json().getString("confirmUrl"))
                .then()
                .statusCode(404)
                .body("code", equalTo("NOT_FOUND"));
        String link = links.get(1).json().getString("confirmUrl");
        Api.open(link).then().statusCode(200).body("state", equalTo("CONFIRMED"));
        Api.open(link).then().statusCode(200).body("state", equalTo("CONFIRMED"));
        Api.admin().get(location).then().statusCode(200).body("state", equalTo("CONFIRMED"));
        Api.admin().post(location + "/resend").then().statusCode(202).body("state", equalTo("CONFIRMED"));
    }

    @Test
    void noSecretAndNoLinkStandsInTheDatabaseInClear() throws SQLException {
        String secret = subscribeAndConfirm("/secretive");
        String link = receiver.on("/secretive").get(0).json().getString("confirmUrl");
        String token = link.substring(link.lastIndexOf('/') + 1);
        String everything = dump("subscription") + dump("delivery") + dump("attempt");
        assertThat(everything)
                .contains(receiver.url("/secretive"))
                .doesNotContain(secret, secret.substring("whsec_".length()), token);
        String visible = Api.admin().get("/api/v1/deliveries").asString()
                + Api.admin().get("/api/v1/topics/" + topic + "/subscriptions").asString();
        assertThat(visible).doesNotContain(secret, token);
    }

    @Test
    void tellsItsDeliveriesAsAMetric() {
        subscribeAndConfirm("/counted");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(given().get("/q/metrics").asString())
                        .containsPattern("sluice_deliveries\\{state=\"DELIVERED\"[^}]*} [1-9]"));
    }

    private String dump(String table) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = postgres.connect("sluice_notifier");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return String.join("\n", rows);
    }
}
