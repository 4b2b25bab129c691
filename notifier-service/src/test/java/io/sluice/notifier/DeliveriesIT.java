package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.sluice.notifier.WebhookReceiver.Received;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How messages reach their receivers, and what is kept of them. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class DeliveriesIT extends ReceiverScenario {

    @Test
    void aReceiverThatFailsFirstGetsTheMessageAgainWithTheSameId() {
        String secret = subscribeAndConfirm("/shaky");
        receiver.answer("/shaky", (exchange, before) -> WebhookReceiver.status(exchange, before == 1 ? 500 : 200));
        sendTest();
        JsonPath failed = awaitAttempts("PENDING", 1);
        assertThat(Duration.between(
                        Instant.parse(failed.getString("items[0].attempts[0].at")),
                        Instant.parse(failed.getString("items[0].nextAttemptAt"))))
                .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(8));
        TestClock.advance(Duration.ofSeconds(8));
        awaitNotifications("/shaky", 2);

        List<Received> attempts = receiver.notificationsOn("/shaky");
        assertThat(attempts)
                .extracting(Received::id)
                .containsOnly(attempts.get(0).id());
        assertThat(attempts)
                .extracting(Received::body)
                .containsOnly(attempts.get(0).body());
        assertThat(attempts).allMatch(message -> message.isSignedWith(secret));
        JsonPath delivered = awaitAttempts("DELIVERED", 2);
        assertThat(delivered.getString("items[0].id")).isEqualTo(attempts.get(0).id());
        assertThat(delivered.getList("items[0].attempts.httpStatus")).isEqualTo(List.of(500, 200));
    }

    @Test
    void whatFailsForADayIsDeadAndCanStillBeSentOnRequest() {
        subscribeAndConfirm("/away");
        receiver.answer("/away", (exchange, before) -> WebhookReceiver.status(exchange, 503));
        sendTest();
        awaitAttempts("PENDING", 1);
        TestClock.advance(Duration.ofHours(23));
        awaitAttempts("PENDING", 2);
        TestClock.advance(Duration.ofHours(2));
        String id = awaitAttempts("DEAD", 3).getString("items[0].id");

        receiver.answer("/away", (exchange, before) -> WebhookReceiver.status(exchange, 200));
        Api.admin().post("/api/v1/deliveries/" + id + "/redeliver").then().statusCode(202);
        assertThat(awaitAttempts("DELIVERED", 4).getString("items[0].id")).isEqualTo(id);
        assertThat(receiver.notificationsOn("/away")).extracting(Received::id).containsOnly(id);
    }

    /** The topic's newest delivery, once it is in that state and was attempted so often. */
    private JsonPath awaitAttempts(String state, int count) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> Api.deliveries(topic, state).jsonPath(),
                        found -> found.getList("items").size() > 0
                                && found.getString("items[0].message.type").equals("Notification")
                                && found.getList("items[0].attempts").size() == count);
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
            WebhookReceiver.await(release);
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
        Awaitility.await()
                .atMost(PATIENCE)
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
        Awaitility.await()
                .atMost(PATIENCE)
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
        Awaitility.await()
                .atMost(PATIENCE)
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
    void aLinkIsValidForTwoDaysAndANewOneCanBeSentAfterwards() {
        Response created = Api.subscribe(topic, "http", receiver.url("/late"));
        assertThat(Duration.between(
                        Instant.parse(created.path("createdAt")), Instant.parse(created.path("linkExpiresAt"))))
                .isBetween(Duration.ofDays(2), Duration.ofDays(2).plusSeconds(5));
        awaitReceived("/late", 1);
        TestClock.advance(Duration.ofDays(2));
        Api.open(receiver.on("/late").getFirst().json().getString("confirmUrl"))
                .then()
                .statusCode(404);
        Api.admin().post(created.header("Location") + "/resend").then().statusCode(202);
        awaitReceived("/late", 2);
        Api.open(receiver.on("/late").get(1).json().getString("confirmUrl"))
                .then()
                .statusCode(200)
                .body("state", equalTo("CONFIRMED"));
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
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(given().get("/q/metrics").asString())
                        .containsPattern("sluice_deliveries\\{state=\"DELIVERED\"[^}]*} [1-9]"));
    }

    @Test
    void aMessageIsSignedWithBothSecretsForADayAfterARotation() {
        String before = subscribeAndConfirm("/rotated");
        String id = subscriptionId();
        String after = Api.admin()
                .post("/api/v1/topics/" + topic + "/subscriptions/" + id + "/secret")
                .then()
                .statusCode(200)
                .body("previousValidUntil", startsWith("20"))
                .extract()
                .path("secret");
        assertThat(after).startsWith("whsec_").isNotEqualTo(before);
        sendTest();
        awaitNotifications("/rotated", 1);
        Received message = receiver.notificationsOn("/rotated").getFirst();
        assertThat(message.isSignedWith(before)).isTrue();
        assertThat(message.isSignedWith(after)).isTrue();

        TestClock.advance(Duration.ofDays(1));
        sendTest();
        awaitNotifications("/rotated", 2);
        Received later = receiver.notificationsOn("/rotated").get(1);
        assertThat(later.isSignedWith(before)).isFalse();
        assertThat(later.isSignedWith(after)).isTrue();
    }

    @Test
    void anOutcomeThatNobodyCouldStoreMeansTheSameMessageOnceMore() {
        subscribeAndConfirm("/killed");
        CountDownLatch release = new CountDownLatch(1);
        receiver.answer("/killed", (exchange, before) -> {
            if (before == 1) {
                WebhookReceiver.await(release);
            }
            WebhookReceiver.status(exchange, 200);
        });
        sendTest();
        awaitNotifications("/killed", 1);
        // The claim runs out; what the first attempt comes to is not believed any more.
        TestClock.advance(Duration.ofMinutes(1));
        awaitNotifications("/killed", 2);
        release.countDown();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> Api.deliveries(topic, "DELIVERED")
                        .then()
                        .body("items.findAll { it.message.type == 'Notification' }.size()", equalTo(1)));
        assertThat(receiver.notificationsOn("/killed"))
                .hasSize(2)
                .extracting(Received::id)
                .containsOnly(receiver.notificationsOn("/killed").getFirst().id());
    }

    private String subscriptionId() {
        return Api.admin().get("/api/v1/topics/" + topic + "/subscriptions").path("items[0].id");
    }
}
