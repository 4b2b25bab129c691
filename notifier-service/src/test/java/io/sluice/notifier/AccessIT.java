package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.localstack.KafkaServer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(Servers.class)
class AccessIT {

    private static final SecretSeal SEAL = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));
    private static final SecretSeal OTHER_SEAL =
            new SecretSeal(Base64.getEncoder().encodeToString(filled()));

    KafkaServer kafka;

    @Test
    void tokensOfTheTaskApiOpenWhatTheirRolesSay() throws Exception {
        String viewer = ApiToken.generate();
        String operator = ApiToken.generate();
        String admin = ApiToken.generate();
        String adminOfOne = ApiToken.generate();
        String expired = ApiToken.generate();
        String forged = ApiToken.generate();
        call(viewer)
                .get("/api/v1/topics")
                .then()
                .statusCode(503)
                .contentType("application/problem+json")
                .body("code", equalTo("KAFKA_UNAVAILABLE"));

        createTopic();
        try (KafkaProducer<String, String> bus = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
            put(bus, SEAL, token("1", viewer, Role.VIEWER, "*", tomorrow, null));
            put(bus, SEAL, token("2", operator, Role.OPERATOR, "orders", tomorrow, null));
            put(bus, SEAL, token("3", admin, Role.ADMIN, "*", tomorrow, null));
            put(bus, SEAL, token("4", adminOfOne, Role.ADMIN, "orders", tomorrow, null));
            put(bus, SEAL, token("5", expired, Role.ADMIN, "*", Instant.now().minusSeconds(1), null));
            put(bus, OTHER_SEAL, token("6", forged, Role.ADMIN, "*", tomorrow, null));
            bus.send(new ProducerRecord<>(Topics.TOKENS, "7", "no token at all"))
                    .get();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> call(adminOfOne).get("/api/v1/topics").then().statusCode(200));

            String name = "access-" + UUID.randomUUID();
            String body = "{\"name\": \"" + name + "\"}";
            call(viewer)
                    .body(body)
                    .post("/api/v1/topics")
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("FORBIDDEN"))
                    .body("detail", containsString("the role operator; token-1 has viewer for all projects"));
            call(operator).body(body).post("/api/v1/topics").then().statusCode(201);
            call(viewer).get("/api/v1/topics/" + name).then().statusCode(200);
            String subscriptions = "/api/v1/topics/" + name + "/subscriptions";
            String subscription = "{\"protocol\": \"http\", \"endpoint\": \"http://127.0.0.1:9/nobody\"}";
            call(viewer).body(subscription).post(subscriptions).then().statusCode(403);
            String id = call(operator)
                    .body(subscription)
                    .post(subscriptions)
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            call(viewer).delete(subscriptions + "/" + id).then().statusCode(403);
            call(operator).delete(subscriptions + "/" + id).then().statusCode(204);
            call(viewer).get("/api/v1/deliveries").then().statusCode(200);
            call(adminOfOne).delete("/api/v1/topics/" + name).then().statusCode(204);

            for (String refused : List.of(viewer, operator, adminOfOne)) {
                call(refused).get("/api/v1/audit").then().statusCode(403);
            }
            call(admin)
                    .queryParam("actor", "token-2")
                    .get("/api/v1/audit")
                    .then()
                    .statusCode(200)
                    .body(
                            "items.operation",
                            equalTo(List.of(
                                    "DELETE /api/v1/topics/{name}/subscriptions/{id}",
                                    "POST /api/v1/topics/{name}/subscriptions",
                                    "POST /api/v1/topics")))
                    .body("items.path", hasItem(subscriptions));
            call(expired).get("/api/v1/topics").then().statusCode(401).body("detail", containsString("expired"));
            call(forged).get("/api/v1/topics").then().statusCode(401).body("detail", containsString("not valid"));
            given().get("/api/v1/confirmations/none").then().statusCode(404);

            put(bus, SEAL, token("2", operator, Role.OPERATOR, "orders", tomorrow, Instant.now()));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(call(operator)
                                    .get("/api/v1/topics")
                                    .then()
                                    .extract()
                                    .statusCode())
                            .isNotEqualTo(200));
            call(operator).get("/api/v1/topics").then().body("detail", containsString("revoked"));
        }
    }

    private void createTopic() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(Topics.TOKENS, 1, (short) 1)
                            .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT))))
                    .all()
                    .get();
        }
    }

    /** As the task API does. */
    private static void put(KafkaProducer<String, String> bus, SecretSeal seal, ApiToken token) throws Exception {
        String sealed = seal.seal(ApiToken.context(token.id()), new Secret(Json.write(token)))
                .text();
        bus.send(new ProducerRecord<>(Topics.TOKENS, token.id(), sealed)).get();
    }

    private static ApiToken token(
            String id, String text, Role role, String project, Instant expiresAt, @Nullable Instant revokedAt) {
        return new ApiToken(id, "token-" + id, ApiToken.hash(text), role, List.of(project), expiresAt, revokedAt);
    }

    private static RequestSpecification call(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }

    private static byte[] filled() {
        byte[] key = new byte[32];
        key[0] = 1;
        return key;
    }
}
