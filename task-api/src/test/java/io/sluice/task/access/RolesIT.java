package io.sluice.task.access;

import static io.restassured.RestAssured.given;
import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.Together;
import io.sluice.task.access.Tokens.Issued;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(AccessServers.class)
class RolesIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");
    private static final Map<String, Issued> CALLERS = new ConcurrentHashMap<>();
    private static final List<String> COLUMNS = List.of(
            "viewer alpha", "operator alpha", "admin alpha", "operator beta", "viewer *", "operator *", "admin *");

    @TestHTTPResource("/")
    URI server;

    private static Issued caller(String grant) {
        String[] parts = grant.split(" ");
        return CALLERS.computeIfAbsent(grant, key -> Tokens.issue(parts[0], parts[1]));
    }

    private static String task(String name, String project) {
        return PAIR.task(name, ", \"project\": \"" + project + "\"");
    }

    /** Statuses in the order of {@link #COLUMNS}; the task is in the project alpha. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        GET    | /api/v1/tasks                | 200 200 200 200 200 200 200 |
        GET    | /api/v1/tasks/{id}           | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/events    | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/progress  | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/lag       | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/stream    | 200 200 200 404 200 200 200 |
        POST   | /api/v1/tasks                | 403 400 400 400 403 400 400 |
        POST   | /api/v1/tasks/{id}/pause     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks/{id}/resume    | 403 409 409 404 403 409 409 |
        PATCH  | /api/v1/tasks/{id}           | 403 428 428 404 403 428 428 |
        POST   | /api/v1/tasks/{id}/start     | 403 422 422 404 403 422 422 |
        DELETE | /api/v1/tasks/{id}/start     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks/{id}/reset     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks?from={id}      | 403 400 400 404 403 400 400 |
        POST   | /api/v1/tasks/{id}/prechecks/latest/confirmations | 403 404 404 404 403 404 404 |
        GET    | /api/v1/tasks/{id}/source/objects | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/source/distribution | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/source/objects/public.a/dependencies | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/exceptions | 422 422 422 404 422 422 422 |
        POST   | /api/v1/tasks/{id}/exceptions/1/retry | 403 422 422 404 403 422 422 | PAUSED
        POST   | /api/v1/tasks/{id}/exceptions/1/skip | 403 422 422 404 403 422 422 | PAUSED
        POST   | /api/v1/connection-tests     | 403 400 400 400 403 400 400 |
        GET    | /api/v1/tokens               | 403 403 403 403 403 403 200 |
        GET    | /api/v1/tokens/0             | 403 403 403 403 403 403 404 |
        POST   | /api/v1/tokens               | 403 403 403 403 403 403 400 |
        DELETE | /api/v1/tokens/0             | 403 403 403 403 403 403 404 |
        GET    | /api/v1/audit                | 403 403 403 403 403 403 200 |
        POST   | /api/v1/secrets/reencrypt    | 403 403 403 403 403 403 200 |
        POST   | /api/v1/tasks/{id}/stop      | 403 409 409 404 403 409 409 | COMPLETED
        DELETE | /api/v1/tasks/{id}           | 403 409 409 404 403 409 409 | FULL_SYNC
        POST   | /api/v1/tasks/{id}/prechecks | 403 409 409 404 403 409 409 | FULL_SYNC
        GET    | /api/v1/tasks/{id}/prechecks/latest | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/structure/retries | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/comparisons | 200 200 200 404 200 200 200 |
        POST   | /api/v1/tasks/{id}/comparisons | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/comparisons/1 | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/comparisons/1/cancel | 403 404 404 404 403 404 404 |
        POST   | /api/v1/tasks/{id}/comparisons/1/repair | 403 404 404 404 403 404 404 |
        GET    | /api/v1/tasks/{id}/comparisons/1/repair | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/cutover   | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/cutover   | 404 404 404 404 404 404 404 |
        DELETE | /api/v1/tasks/{id}/cutover | 403 404 404 404 403 404 404 |
        """)
    void aRoleOpensWhatItShould(String method, String path, String statuses, @Nullable String state) throws Exception {
        String id = Api.created(task(Api.name("matrix"), "alpha"));
        if (state != null) {
            Api.put(id, "state = '" + state + "', phase = 'RUN', generation = 1");
        }
        List<String> found = new ArrayList<>();
        for (String column : COLUMNS) {
            if (path.endsWith("/stream")) {
                found.add(Integer.toString(openStream(caller(column), id)));
                continue;
            }
            Response answer = caller(column)
                    .call()
                    .body("POST".equals(method) ? "{}" : "")
                    .request(method, path.replace("{id}", id));
            found.add(Integer.toString(answer.statusCode()));
            if (answer.statusCode() == 403) {
                assertThat(answer.jsonPath().getString("code")).isEqualTo("FORBIDDEN");
                assertThat(answer.jsonPath().getString("detail")).startsWith("This needs the role ");
            }
        }
        if (state != null) {
            Api.put(id, "state = 'CONFIGURATION', phase = NULL");
        }
        assertThat(String.join(" ", found)).isEqualTo(statuses);
    }

    /** The status, without waiting for the end of the answer, which has none. */
    private int openStream(Issued caller, String id) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.resolve("/api/v1/tasks/" + id + "/stream"))
                .header("Authorization", "Bearer " + caller.token())
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
            answer.body().close();
            return answer.statusCode();
        }
    }

    @Test
    void theApiDescriptionSaysThatATokenIsNeeded() {
        given().get("/q/openapi?format=json")
                .then()
                .statusCode(200)
                .body("components.securitySchemes.token.scheme", equalTo("bearer"))
                .body("security", hasItem(hasKey("token")));
    }

    @Test
    void aTaskThatMayNotBeSeenLooksLikeNone() {
        String id = Api.created(task(Api.name("hidden"), "alpha"));
        String missing = "00000000-0000-7000-8000-000000000000";
        for (String method : List.of("GET", "DELETE", "PATCH")) {
            String hidden = caller("operator beta")
                    .call()
                    .request(method, "/api/v1/tasks/" + id)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("TASK_NOT_FOUND"))
                    .extract()
                    .asString();
            String none = caller("operator beta")
                    .call()
                    .request(method, "/api/v1/tasks/" + missing)
                    .then()
                    .statusCode(404)
                    .extract()
                    .asString();
            assertThat(hidden.replace(id, missing)).isEqualTo(none);
        }
        caller("operator beta")
                .call()
                .get("/api/v1/tasks/" + id + "/stream")
                .then()
                .statusCode(404);
        Api.task(id).then().statusCode(200);
    }

    @Test
    void aTaskIsCreatedOnlyInAProjectOfTheCaller() {
        String name = Api.name("created");
        caller("operator beta")
                .call()
                .body(task(name, "alpha"))
                .post("/api/v1/tasks")
                .then()
                .statusCode(403)
                .body("code", equalTo("FORBIDDEN"))
                .body("detail", containsString("the role operator in the project alpha"));
        caller("operator beta")
                .call()
                .body(PAIR.task(name))
                .post("/api/v1/tasks")
                .then()
                .statusCode(403);

        String id = caller("operator beta")
                .call()
                .body(task(name, "beta"))
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        caller("operator beta").call().delete("/api/v1/tasks/" + id).then().statusCode(204);
    }

    @Test
    void aListHoldsOnlyWhatMayBeSeen() {
        String mark = Api.name("listed");
        Api.created(task(mark + "-a", "alpha"));
        Api.created(task(mark + "-b", "beta"));
        String of = "/api/v1/tasks?q=" + mark;

        assertThat(names(caller("viewer alpha"), of)).containsExactly(mark + "-a");
        assertThat(names(caller("operator beta"), of)).containsExactly(mark + "-b");
        assertThat(names(caller("viewer *"), of)).containsExactly(mark + "-b", mark + "-a");
        assertThat(names(caller("viewer alpha"), of + "&project=beta")).isEmpty();
        Issued both = Tokens.issue("viewer", "alpha", "beta");
        assertThat(names(both, of)).containsExactly(mark + "-b", mark + "-a");
    }

    private static List<String> names(Issued caller, String path) {
        return caller.call().get(path).then().statusCode(200).extract().path("items.name");
    }

    @Test
    void tooManyInvalidTokensAreAnsweredLater() {
        String address = "192.0.2.99";
        for (int i = 0; i < 10; i++) {
            Tokens.call("slc_wrong")
                    .header("X-Forwarded-For", address)
                    .get("/api/v1/tasks")
                    .then()
                    .statusCode(401);
        }
        Tokens.call("slc_wrong")
                .header("X-Forwarded-For", address)
                .get("/api/v1/tasks")
                .then()
                .statusCode(429)
                .header("Retry-After", matchesPattern("[1-9][0-9]?"))
                .contentType("application/problem+json")
                .body("code", equalTo("TOO_MANY_REQUESTS"));
        caller("viewer alpha")
                .call()
                .header("X-Forwarded-For", address)
                .get("/api/v1/tasks")
                .then()
                .statusCode(200);
        given().header("X-Forwarded-For", address).get("/api/v1/tasks").then().statusCode(401);
        Tokens.call("slc_wrong")
                .header("X-Forwarded-For", "192.0.2.100")
                .get("/api/v1/tasks")
                .then()
                .statusCode(401);
    }

    @Test
    void theAdministratorsTokenIsNotGuessedFast() throws Exception {
        String address = "192.0.2.98";
        for (int i = 0; i < 10; i++) {
            guess(address, "sixteen-letters-" + i).statusCode(401);
        }
        long begin = System.nanoTime();
        List<Integer> statuses = Together.together(
                8,
                i -> guess(address, i == 0 ? "guess-of-the-token" : "guess-number-" + i)
                        .extract()
                        .statusCode());
        assertThat(statuses).containsOnly(429);
        long right = System.nanoTime();
        assertThat(Duration.ofNanos(right - begin)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));

        guess(address, TestServers.TOKEN).statusCode(200);
        assertThat(Duration.ofNanos(System.nanoTime() - right))
                .as("the right one is taken, and its guess costs as much")
                .isGreaterThanOrEqualTo(Duration.ofMillis(1900));
        long free = System.nanoTime();
        caller("viewer alpha")
                .call()
                .header("X-Forwarded-For", address)
                .get("/api/v1/tasks")
                .then()
                .statusCode(200);
        guess("192.0.2.97", TestServers.TOKEN).statusCode(200);
        assertThat(Duration.ofNanos(System.nanoTime() - free))
                .as("nobody else waits")
                .isLessThan(Duration.ofMillis(1900));
    }

    private static ValidatableResponse guess(String address, String token) {
        return Tokens.call(token)
                .header("X-Forwarded-For", address)
                .get("/api/v1/tasks")
                .then();
    }

    @Test
    void nothingIsChangedThatTheTrailDoesNotHave() throws Exception {
        String name = Api.name("untold");
        Api.execute("sluice", "ALTER TABLE audit RENAME TO audit_away");
        try {
            call().body(task(name, "alpha"))
                    .post("/api/v1/tasks")
                    .then()
                    .statusCode(500)
                    .body("code", equalTo("INTERNAL"))
                    .body("detail", containsString("audit trail"));
        } finally {
            Api.execute("sluice", "ALTER TABLE audit_away RENAME TO audit");
        }
        assertThat(Api.query("sluice", "SELECT id FROM task WHERE name = '" + name + "'"))
                .isEmpty();
        Api.created(task(name, "alpha"));
    }

    @Test
    void whoAskedForAChangeIsKept() {
        Issued operator = Tokens.issue("operator", "alpha");
        String name = Api.name("audited");
        String id = operator.call()
                .header("X-Forwarded-For", "192.0.2.7")
                .body(task(name, "alpha"))
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        operator.call().post("/api/v1/tasks/" + id + "/pause").then().statusCode(409);
        Api.action(id, "stop").statusCode(202);
        caller("viewer alpha").call().delete("/api/v1/tasks/" + id).then().statusCode(403);
        operator.call().get("/api/v1/tasks/" + id).then().statusCode(200);

        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items.findAll { it.kind == 'USER_ACTION' }.actor", equalTo(List.of("admin", operator.name())));
        String trail = call().get("/api/v1/audit?task=" + id)
                .then()
                .statusCode(200)
                .body(
                        "items.operation",
                        equalTo(List.of(
                                "DELETE /api/v1/tasks/{id}",
                                "POST /api/v1/tasks/{id}/stop",
                                "POST /api/v1/tasks/{id}/pause",
                                "POST /api/v1/tasks")))
                .body("items.status", equalTo(List.of(403, 202, 409, 201)))
                .body(
                        "items.actor",
                        equalTo(List.of(caller("viewer alpha").name(), "admin", operator.name(), operator.name())))
                .body("items[3].address", equalTo("192.0.2.7"))
                .body("items[1].path", equalTo("/api/v1/tasks/" + id + "/stop"))
                .extract()
                .asString();
        assertThat(trail).doesNotContain(TestServers.PASSWORD).doesNotContain(operator.token());
    }

    @Test
    void theTrailIsSearchedByActorAndTimeAndReadPageByPage() {
        Issued operator = Tokens.issue("operator", "alpha");
        String id = operator.call()
                .body(task(Api.name("trail"), "alpha"))
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        operator.call().delete("/api/v1/tasks/" + id).then().statusCode(204);
        String of = "/api/v1/audit?actor=" + operator.name();

        String cursor = call().get(of + "&limit=1")
                .then()
                .body("items.operation", equalTo(List.of("DELETE /api/v1/tasks/{id}")))
                .extract()
                .path("nextCursor");
        call().get(of + "&limit=1&cursor=" + cursor)
                .then()
                .body("items.operation", equalTo(List.of("POST /api/v1/tasks")));
        String at = call().get(of + "&limit=1").path("items[0].at");
        call().get(of + "&from=" + at)
                .then()
                .body("items.task", everyItem(equalTo(id)))
                .body("items.at", hasItem(at));
        call().get(of + "&to=2020-01-01T00:00:00Z").then().body("items.size()", equalTo(0));
        call().get(of + "&from=yesterday").then().statusCode(400).body("violations[0].field", equalTo("from"));
    }
}
