package io.sluice.task.access;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import io.sluice.task.Together;
import io.sluice.task.access.Tokens.Issued;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(AccessServers.class)
class TokensIT {

    @Test
    void aTokenIsShownOnceAndStoredNowhere() throws Exception {
        Issued issued = Tokens.issue("operator", "alpha", "beta");

        assertThat(issued.token()).startsWith("slc_").hasSize(47);
        String one = call().get("/api/v1/tokens/" + issued.id())
                .then()
                .statusCode(200)
                .body("name", equalTo(issued.name()))
                .body("role", equalTo("operator"))
                .body("projects", equalTo(List.of("alpha", "beta")))
                .body("createdBy", equalTo("admin"))
                .body("revokedAt", nullValue())
                .body("lastUsedAt", nullValue())
                .body("token", nullValue())
                .extract()
                .asString();
        Duration life = Duration.between(
                Instant.parse(Json.read(one, Map.class).get("createdAt").toString()),
                Instant.parse(Json.read(one, Map.class).get("expiresAt").toString()));
        assertThat(life).isEqualTo(Duration.ofDays(90));
        String list = call().get("/api/v1/tokens?limit=200")
                .then()
                .statusCode(200)
                .extract()
                .asString();
        assertThat(list)
                .contains(issued.name())
                .doesNotContain(issued.token())
                .doesNotContain(ApiToken.hash(issued.token()));
        List<String> stored =
                Api.query("sluice", "SELECT t::text FROM api_token t UNION ALL SELECT a::text FROM audit a");
        assertThat(stored).isNotEmpty().allSatisfy(row -> assertThat(row).doesNotContain(issued.token()));
    }

    @Test
    void aRevokedTokenIsRefusedAtOnce() {
        Issued issued = Tokens.issue("viewer", "*");
        issued.call().get("/api/v1/tasks").then().statusCode(200);

        call().delete("/api/v1/tokens/" + issued.id()).then().statusCode(204);

        issued.call()
                .header("X-Forwarded-For", "192.0.2.10")
                .get("/api/v1/tasks")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", "Bearer")
                .body("code", equalTo("UNAUTHENTICATED"))
                .body("detail", containsString(issued.name() + " was revoked"));
        call().delete("/api/v1/tokens/" + issued.id()).then().statusCode(204);
        call().get("/api/v1/tokens/" + issued.id()).then().body("revokedAt", notNullValue());
    }

    @Test
    void anExpiredTokenIsRefused() throws Exception {
        Issued issued = Tokens.issue("viewer", "*");
        Api.execute("sluice", "UPDATE api_token SET expires_at = now() - interval '1 s' WHERE id = " + issued.id());

        issued.call()
                .header("X-Forwarded-For", "192.0.2.11")
                .get("/api/v1/tasks")
                .then()
                .statusCode(401)
                .body("detail", containsString(issued.name() + " expired at"));
    }

    @Test
    void aForgedTokenIsRefused() {
        Issued issued = Tokens.issue("viewer", "*");
        for (String forged : List.of(
                issued.token().substring(0, 46),
                issued.token() + "x",
                ApiToken.generate(),
                ApiToken.hash(issued.token()))) {
            Tokens.call(forged)
                    .header("X-Forwarded-For", "192.0.2.12")
                    .get("/api/v1/tasks")
                    .then()
                    .statusCode(401)
                    .contentType("application/problem+json")
                    .body("detail", containsString("not valid"));
        }
    }

    @Test
    void aNameIsTakenUntilItsTokenIsRevoked() {
        Issued issued = Tokens.issue("viewer", "*");
        String again = "{\"name\": \"%s\", \"role\": \"viewer\", \"projects\": [\"*\"]}".formatted(issued.name());

        call().body(again).post("/api/v1/tokens").then().statusCode(409).body("code", equalTo("TOKEN_NAME_TAKEN"));
        call().delete("/api/v1/tokens/" + issued.id()).then().statusCode(204);
        call().body(again).post("/api/v1/tokens").then().statusCode(201);
    }

    @Test
    void aRepeatedRequestIssuesOneTokenAndShowsItAgain() throws Exception {
        String key = Api.name("key");
        String body = "{\"name\": \"%s\", \"role\": \"viewer\", \"projects\": [\"*\"]}".formatted(Api.name("once"));

        List<String> answers = Together.together(
                4,
                i -> call().header("Idempotency-Key", key)
                        .body(body)
                        .post("/api/v1/tokens")
                        .then()
                        .statusCode(201)
                        .extract()
                        .asString());

        assertThat(answers.stream().distinct()).hasSize(1);
        String token = Json.read(answers.getFirst(), Map.class).get("token").toString();
        Tokens.call(token).get("/api/v1/tasks").then().statusCode(200);
        assertThat(Api.query("sluice", "SELECT k::text FROM idempotency_key k"))
                .allSatisfy(row -> assertThat(row).doesNotContain(token).doesNotContain(ApiToken.hash(token)));
        call().header("Idempotency-Key", key)
                .body(body.replace("viewer", "operator"))
                .post("/api/v1/tokens")
                .then()
                .statusCode(422)
                .body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));
    }

    @Test
    void otherServicesAreToldAgainWhenTheMasterKeyHasChanged() {
        Issued issued = Tokens.issue("operator", "alpha");

        call().post("/api/v1/secrets/reencrypt").then().statusCode(200).body("tokens", greaterThanOrEqualTo(1));

        assertThat(onTopic(issued.id()))
                .hasSize(2)
                .allSatisfy(text -> assertThat(text).startsWith("v2:default:"));
        issued.call().get("/api/v1/tasks").then().statusCode(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {}                                                                          | name, role, projects
        {"name": "admin", "role": "viewer", "projects": ["*"]}                      | name
        {"name": "a b", "role": "Viewer", "projects": ["a", "*"]}                   | name, role, projects
        {"name": "ok", "role": "viewer", "projects": []}                            | projects
        {"name": "ok", "role": "viewer", "projects": ["a", "a"]}                    | projects
        {"name": "ok", "role": "viewer", "projects": ["a,b"]}                       | projects
        {"name": "ok", "role": "viewer", "projects": ["a"], "expiresAt": "soon"}    | expiresAt
        {"name": "ok", "role": "viewer", "projects": ["a"], "expiresAt": "2020-01-01T00:00:00Z"} | expiresAt
        {"name": "ok", "role": "viewer", "projects": ["a"], "expiresAt": "2099-01-01T00:00:00Z"} | expiresAt
        """)
    void whatIsWrongIsNamed(String body, String fields) {
        call().body(body)
                .post("/api/v1/tokens")
                .then()
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations.field", equalTo(List.of(fields.split(", "))));
    }

    @Test
    void theLastUseIsKeptToTheMinute() {
        Issued issued = Tokens.issue("viewer", "*");
        issued.call().get("/api/v1/tasks").then().statusCode(200);
        String first = call().get("/api/v1/tokens/" + issued.id()).path("lastUsedAt");
        issued.call().get("/api/v1/tasks").then().statusCode(200);

        assertThat(first).isNotNull();
        call().get("/api/v1/tokens/" + issued.id()).then().body("lastUsedAt", equalTo(first));
    }

    @Test
    void otherServicesAreToldOfATokenAndOfItsEnd() {
        Issued issued = Tokens.issue("operator", "alpha");
        call().delete("/api/v1/tokens/" + issued.id()).then().statusCode(204);
        SecretSeal seal = new SecretSeal(TestServers.masterKey());

        List<String> told = onTopic(issued.id());

        assertThat(told)
                .allSatisfy(text -> assertThat(text)
                        .doesNotContain(issued.token())
                        .doesNotContain(ApiToken.hash(issued.token()))
                        .doesNotContain(issued.name()));
        assertThat(told)
                .map(text -> Json.read(
                        seal.open(ApiToken.context(issued.id()), new SealedSecret(text))
                                .reveal(),
                        ApiToken.class))
                .satisfiesExactly(
                        made -> {
                            assertThat(made.hash()).isEqualTo(ApiToken.hash(issued.token()));
                            assertThat(made.projects()).containsExactly("alpha");
                            assertThat(made.revokedAt()).isNull();
                        },
                        revoked -> assertThat(revoked.revokedAt()).isNotNull());
    }

    private static List<String> onTopic(String id) {
        String servers = ConfigProvider.getConfig().getValue("kafka.bootstrap.servers", String.class);
        List<String> told = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers), new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partition = List.of(new TopicPartition(Topics.TOKENS, 0));
            consumer.assign(partition);
            consumer.seekToBeginning(partition);
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                for (ConsumerRecord<String, String> entry : consumer.poll(Duration.ofMillis(200))) {
                    if (entry.key().equals(id)) {
                        told.add(entry.value());
                    }
                }
                return told.size() == 2;
            });
        }
        return told;
    }

    @Test
    void tokensComePageByPage() {
        Issued older = Tokens.issue("viewer", "*");
        Issued newer = Tokens.issue("viewer", "*");

        String cursor = call().get("/api/v1/tokens?limit=1")
                .then()
                .body("items.name", equalTo(List.of(newer.name())))
                .extract()
                .path("nextCursor");
        call().get("/api/v1/tokens?limit=1&cursor=" + cursor)
                .then()
                .body("items.name", hasItem(older.name()))
                .body("items.name", not(hasItem(newer.name())));
    }
}
