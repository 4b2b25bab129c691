package io.sluice.notifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A topic with more subscriptions than senders, whose secrets then change their master key. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class ManySubscriptionsIT extends ReceiverScenario {

    @Test
    void aThousandSubscriptionsOfWhichATenthIsDead() throws SQLException {
        CountDownLatch release = new CountDownLatch(1);
        List<String> endpoints = new ArrayList<>();
        for (int number = 0; number < 1000; number++) {
            boolean dead = number % 10 == 0;
            String path = (dead ? "/dead-" : "/live-") + number;
            endpoints.add(receiver.url(path));
            if (dead) {
                receiver.answer(path, (exchange, before) -> WebhookReceiver.await(release));
            }
        }
        // Ten seconds where nothing else runs; where other work takes the processors, by how long a hundred take there.
        insertConfirmed(
                IntStream.range(0, 100)
                        .mapToObj(number -> receiver.url("/early-" + number))
                        .toList(),
                Servers.OLD_MASTER_KEY);
        Duration pace = awaitTest("/early-", 100, PATIENCE);
        insertConfirmed(endpoints, Servers.OLD_MASTER_KEY);
        Duration slowest = pace.multipliedBy(15);
        Duration limit = Duration.ofSeconds(10);
        Duration took = awaitTest("/live-", 900, slowest.compareTo(limit) > 0 ? slowest : limit);
        System.out.printf("100 living endpoints were told within %s, 900 among 100 dead ones within %s%n", pace, took);
        assertThat(receiver.pathsOf("/dead-")).as("dead ones that were tried").isNotEmpty();
        release.countDown();

        // What an older key has sealed is sealed with the newer one, and still signs.
        Api.admin()
                .post("/api/v1/secrets/reencrypt")
                .then()
                .statusCode(200)
                .body("reencrypted", greaterThanOrEqualTo(1000))
                .body("unreadable", equalTo(List.of()));
        assertThat(dump("subscription", "sealed_secret") + dump("delivery", "sealed_secret"))
                .contains("v2:2026:")
                .doesNotContain("v2:default:");
        sendTest();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(receiver.notificationsOn("/live-1")).hasSize(2));
        assertThat(receiver.notificationsOn("/live-1")).allMatch(message -> message.isSignedWith(insertedSecret));
    }

    private final String insertedSecret = Base64.getEncoder()
            .encodeToString("a signing secret of 32 bytes long".substring(0, 32).getBytes(StandardCharsets.UTF_8))
            .transform("whsec_"::concat);

    /** As if they had been confirmed one by one, long ago. */
    private void insertConfirmed(List<String> endpoints, String masterKey) throws SQLException {
        SecretSeal seal = new SecretSeal(masterKey);
        try (Connection connection = postgres.connect("sluice_notifier");
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO subscription (id, topic, protocol, endpoint, state, sealed_secret, token_hash,
                            token_expires_at, created_at, confirmed_at)
                        VALUES (?, ?, 'http', ?, 'CONFIRMED', ?, ?, now(), now(), now())
                        """)) {
            for (String endpoint : endpoints) {
                UUID id = UUID.randomUUID();
                insert.setObject(1, id);
                insert.setString(2, topic);
                insert.setString(3, endpoint);
                insert.setString(
                        4,
                        seal.seal("subscription/" + id, new Secret(insertedSecret))
                                .text());
                insert.setString(5, id.toString());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** How long a test message took to all endpoints with this beginning. */
    private Duration awaitTest(String paths, int count, Duration limit) {
        Instant began = Instant.now();
        sendTest();
        Awaitility.await()
                .atMost(limit)
                .untilAsserted(() -> assertThat(receiver.pathsOf(paths)).hasSize(count));
        return Duration.between(began, Instant.now());
    }
}
