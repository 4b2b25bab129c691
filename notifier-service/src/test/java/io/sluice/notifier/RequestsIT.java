package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API takes and what it refuses. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class RequestsIT {

    private final String topic = "requests-" + UUID.randomUUID();

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/v1/topics", "/api/v1/deliveries", "/api/v1/topics/x/subscriptions", "/api/v1/confirmations"
            })
    void nothingIsToldWithoutAToken(String path) {
        given().get(path).then().statusCode(401).body("code", equalTo("UNAUTHENTICATED"));
        given().header("Authorization", "Bearer slc_wrong").get(path).then().statusCode(401);
    }

    @Test
    void aTopicIsCreatedReadListedAndDeleted() {
        Response created = Api.admin()
                .body(Map.of("name", topic, "displayName", "Operators of the shop"))
                .post("/api/v1/topics");
        created.then()
                .statusCode(201)
                .body("name", equalTo(topic))
                .body("displayName", equalTo("Operators of the shop"))
                .body("createdAt", startsWith("20"));
        String location = created.header("Location");
        Api.admin().get(location).then().statusCode(200).body("name", equalTo(topic));
        Api.admin().queryParam("limit", 200).get("/api/v1/topics").then().body("items.name", hasItem(topic));
        Api.admin().delete(location).then().statusCode(204);
        Api.admin().get(location).then().statusCode(404).body("code", equalTo("NOT_FOUND"));
        Api.admin().delete(location).then().statusCode(404);
    }

    @Test
    void whatIsAskedForOnceMoreWithItsKeyIsMadeOnce() {
        String key = "key-" + UUID.randomUUID();
        for (int time = 0; time < 2; time++) {
            Api.admin()
                    .header("Idempotency-Key", key)
                    .body(Map.of("name", topic))
                    .post("/api/v1/topics")
                    .then()
                    .statusCode(201)
                    .body("name", equalTo(topic));
        }
        Api.admin()
                .header("Idempotency-Key", key)
                .body(Map.of("name", topic, "displayName", "another"))
                .post("/api/v1/topics")
                .then()
                .statusCode(422)
                .body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));

        String path = "/api/v1/topics/" + topic + "/subscriptions";
        Map<String, String> endpoint = Map.of("protocol", "https", "endpoint", "https://hooks.invalid/once");
        String second = "key-" + UUID.randomUUID();
        Response first =
                Api.admin().header("Idempotency-Key", second).body(endpoint).post(path);
        Response again =
                Api.admin().header("Idempotency-Key", second).body(endpoint).post(path);
        first.then().statusCode(201);
        again.then().statusCode(201).header("Location", equalTo(first.header("Location")));
        assertThat(again.<String>path("secret"))
                .isEqualTo(first.<String>path("secret"))
                .isNotEmpty();
        Api.admin().get(path).then().body("items", hasSize(1));
        Api.admin().body(endpoint).post(path).then().statusCode(201);
        Api.admin().get(path).then().body("items", hasSize(2));
        Api.admin()
                .header("Idempotency-Key", "not ok")
                .body(endpoint)
                .post(path)
                .then()
                .statusCode(400);
    }

    @Test
    void aNameIsTakenWithoutRegardToCase() {
        Api.createTopic(topic);
        Api.admin()
                .body(Map.of("name", "R" + topic.substring(1)))
                .post("/api/v1/topics")
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("TOPIC_NAME_TAKEN"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {}                              | VALIDATION_FAILED | name
                    {"name": ""}                    | VALIDATION_FAILED | name
                    {"name": "a b"}                 | VALIDATION_FAILED | name
                    {"name": "ä"}                   | VALIDATION_FAILED | name
                    {"name": 5}                     | VALIDATION_FAILED | name
                    {"name": "a", "displayName": ""}| VALIDATION_FAILED | displayName
                    {"name": "a", "colour": "red"}  | UNKNOWN_FIELD     | colour
                    """)
    void aTopicThatBreaksARuleIsRefused(String body, String code, String field) {
        Api.admin()
                .body(body)
                .post("/api/v1/topics")
                .then()
                .statusCode(400)
                .body("code", equalTo(code))
                .body("violations[0].field", equalTo(field));
    }

    @Test
    void aNameOf65CharactersIsTooLong() {
        Api.admin()
                .body(Map.of("name", "a".repeat(65)))
                .post("/api/v1/topics")
                .then()
                .statusCode(400);
    }

    @Test
    void aBodyOfMoreThan64KilobytesIsTooLarge() {
        Api.admin()
                .body(Map.of("name", topic, "displayName", "x".repeat(64 * 1024)))
                .post("/api/v1/topics")
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("code", equalTo("BODY_TOO_LARGE"))
                .body("detail", containsString("65536"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\u0000", "\\u0085", " "})
    void aNameThatNobodyCouldReadIsRefused(String displayName) {
        Api.admin()
                .body("{\"name\": \"" + topic + "\", \"displayName\": \"" + displayName + "\"}")
                .post("/api/v1/topics")
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("displayName"));
    }

    @Test
    void listsComeInPages() {
        Api.createTopic(topic);
        String path = "/api/v1/topics/" + topic + "/subscriptions";
        for (int number = 0; number < 3; number++) {
            Api.subscribe(topic, "https", "https://hooks.invalid/" + number)
                    .then()
                    .statusCode(201);
        }
        Response first = Api.admin().queryParam("limit", 2).get(path);
        first.then().body("items", hasSize(2)).body("nextCursor", notNullValue());
        String cursor = first.path("nextCursor");
        Api.admin()
                .queryParam("limit", 2)
                .queryParam("cursor", cursor)
                .get(path)
                .then()
                .body("items", hasSize(1))
                .body("items[0].endpoint", equalTo("https://hooks.invalid/2"))
                .body("nextCursor", nullValue());
        Response newest =
                Api.admin().queryParam("topic", topic).queryParam("limit", 1).get("/api/v1/deliveries");
        newest.then().body("items[0].endpoint", equalTo("https://hooks.invalid/2"));
        String nextDeliveries = newest.path("nextCursor");
        Api.admin()
                .queryParam("topic", topic)
                .queryParam("cursor", nextDeliveries)
                .get("/api/v1/deliveries")
                .then()
                .body("items", hasSize(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=201", "limit=x", "cursor=!", "cursor=eA", "state=LOST"})
    void aListParameterThatIsNoneIsRefused(String parameter) {
        Api.admin()
                .get("/api/v1/deliveries?" + parameter)
                .then()
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations[0].field", equalTo(parameter.substring(0, parameter.indexOf('='))));
    }

    @Test
    void theSecretIsShownOnce() {
        Api.createTopic(topic);
        Response created = Api.subscribe(topic, "https", "https://hooks.invalid/once");
        created.then()
                .statusCode(201)
                .body("secret", startsWith("whsec_"))
                .body("state", equalTo("PENDING"))
                .body("topic", equalTo(topic));
        Api.admin()
                .get(created.header("Location"))
                .then()
                .statusCode(200)
                .body("endpoint", equalTo("https://hooks.invalid/once"))
                .body(not(containsString("secret")));
    }

    @ParameterizedTest
    @CsvSource({
        "http,  http://10.0.0.1/,                   422, ENDPOINT_FORBIDDEN",
        "http,  http://192.168.1.1:8080/x,          422, ENDPOINT_FORBIDDEN",
        "http,  http://169.254.169.254/latest,      422, ENDPOINT_FORBIDDEN",
        "http,  http://[::1]:8083/,                 422, ENDPOINT_FORBIDDEN",
        "http,  http://[::ffff:10.0.0.1]/,          422, ENDPOINT_FORBIDDEN",
        "http,  http://0.0.0.0/,                    422, ENDPOINT_FORBIDDEN",
        "http,  http://167772161/,                  422, ENDPOINT_FORBIDDEN",
        "http,  https://hooks.example.com/,         400, VALIDATION_FAILED",
        "https, https://me:pw@hooks.example.com/,   400, VALIDATION_FAILED",
        "https, https://hooks.example.com/#x,       400, VALIDATION_FAILED",
        "ftp,   ftp://hooks.example.com/,           400, VALIDATION_FAILED"
    })
    void aBadEndpointIsRefused(String protocol, String endpoint, int status, String code) {
        Api.createTopic(topic);
        Api.subscribe(topic, protocol, endpoint)
                .then()
                .statusCode(status)
                .body("code", equalTo(code))
                .body(not(containsString("pw@")));
        Api.admin().get("/api/v1/topics/" + topic + "/subscriptions").then().body("items", hasSize(0));
    }

    @Test
    void nobodySubscribesToATopicThatIsNone() {
        Api.subscribe("nowhere", "https", "https://hooks.invalid/")
                .then()
                .statusCode(404)
                .body("code", equalTo("NOT_FOUND"));
        Api.admin().post("/api/v1/topics/nowhere/test").then().statusCode(404);
        Api.admin().get("/api/v1/topics/nowhere/subscriptions").then().statusCode(404);
    }

    @Test
    void aLinkThatIsNoneConfirmsNothing() {
        given().get("/api/v1/confirmations/nothing")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", equalTo("NOT_FOUND"));
    }
}
