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
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.Together;
import io.sluice.task.access.Tokens.Issued;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(AccessServers.class)
class RolesIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    private static Issued caller(String grant) {
        return Tokens.of(grant);
    }

    private static String task(String name, String project) {
        return PAIR.task(name, ", \"project\": \"" + project + "\"");
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
