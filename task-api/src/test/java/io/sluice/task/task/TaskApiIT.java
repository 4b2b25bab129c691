package io.sluice.task.task;

import static io.restassured.RestAssured.given;
import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.containsStringIgnoringCase;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
class TaskApiIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Test
    void withoutATokenNothingIsTold() {
        for (String path :
                List.of("/api/v1/tasks", "/api/v1/tasks/1", "/api/v1/nothing", "/api;a=b/v1/tasks", "//api/v1/tasks")) {
            given().urlEncodingEnabled(false)
                    .get(path)
                    .then()
                    .statusCode(401)
                    .header("WWW-Authenticate", "Bearer")
                    .contentType("application/problem+json")
                    .body("code", equalTo("UNAUTHENTICATED"));
        }
        given().header("Authorization", "Bearer slc_wrong")
                .get("/api/v1/tasks")
                .then()
                .statusCode(401)
                .body("detail", containsString("not valid"));
        given().header("Authorization", "Bearer wrong")
                .get("/q/health/live")
                .then()
                .statusCode(200);
    }

    @Test
    void progressComesWholeOrPageByPage() throws Exception {
        String id = Api.created(PAIR.task(Api.name("progress")));
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) SELECT '"
                        + id + "', 's' || n % 2, 't' || n, CASE WHEN n < 3 THEN 'DONE' ELSE 'LOADING' END, 100, 40, 400"
                        + " FROM generate_series(1, 5) n");
        String path = "/api/v1/tasks/" + id + "/progress";
        call().get(path)
                .then()
                .body("tableCount", equalTo(5))
                .body("tables", hasSize(5))
                .body("rows", equalTo(200))
                .body("rowsEstimated", equalTo(380))
                .body("percent", equalTo(52))
                .body("nextCursor", nullValue());
        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            var page = call().get(path + "?limit=2" + cursor);
            page.then().statusCode(200).body("tableCount", equalTo(5)).body("rows", equalTo(200));
            List<java.util.Map<String, Object>> tables = page.path("tables");
            tables.forEach(table -> seen.add(table.get("schema") + "." + table.get("table")));
            cursor = page.path("nextCursor") == null ? null : "&cursor=" + page.path("nextCursor");
        } while (cursor != null);
        assertThat(seen).containsExactly("s0.t2", "s0.t4", "s1.t1", "s1.t3", "s1.t5");
        for (String wrong : List.of("limit=0", "limit=x", "cursor=%25")) {
            call().urlEncodingEnabled(false).get(path + "?" + wrong).then().statusCode(400);
        }
    }

    /** A small request must not ask for an answer of any size. */
    @Test
    void ofThousandsOfWrongFieldsTheFirstAreNamedAndTheOthersCounted() {
        String rule = "{\"schema\": \"\", \"table\": \"\", \"targetTable\": \"\", \"filter\": \"\"}";
        String rules = String.join(", ", Collections.nCopies(1000, rule));
        String name = Api.name("wrong");

        ValidatableResponse answer = Api.create(
                        """
                        {"name": "%s", "source": %s, "target": %s, "objects": {"include": [%s]}}
                        """.formatted(name, PAIR.sourceEndpoint(), PAIR.sourceEndpoint(), rules))
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations", hasSize(200))
                .body("violations[0].field", equalTo("objects.include[0].schema"));

        assertThat(answer.extract().<String>path("detail"))
                .matches("objects\\.include\\[0\\]\\.schema must .* And \\d{4} more; see violations\\.");
        assertThat(answer.extract().asByteArray().length).isLessThan(100_000);
        call().get("/api/v1/tasks?q=" + name).then().body("items", hasSize(0));
    }

    @Test
    void aTaskIsStoredWithItsDefaultsAndComesBackWithoutSecrets() {
        String name = Api.name("stored");
        ValidatableResponse created = Api.create(PAIR.task(name, ", \"tags\": {\"env\": \"prod\"}"))
                .statusCode(201)
                .header("Location", containsString("/api/v1/tasks/"))
                .body("state", equalTo("CONFIGURATION"))
                .body("generation", equalTo(0))
                .body("mode", equalTo("FULL_AND_INCREMENTAL"))
                .body("project", equalTo("default"))
                .body("retry.connectionMinutes", equalTo(720))
                .body("fullLoad.workers", equalTo(4))
                .body("target.dialect", equalTo("postgresql"))
                .body("createdAt", notNullValue())
                .body("startedAt", nullValue())
                .body("error", nullValue())
                .body("retrying", nullValue());
        String id = created.extract().path("id");

        String read = Api.task(id)
                .then()
                .statusCode(200)
                .body("name", equalTo(name))
                .extract()
                .asString();

        assertThat(read).isEqualTo(created.extract().asString());
        assertThat(read).doesNotContainIgnoringCase("password").doesNotContain("v2:");
    }

    @Test
    void thePasswordIsInNoTableInClear() throws Exception {
        Api.created(PAIR.task(Api.name("sealed")));

        List<String> specs = Api.query("sluice", "SELECT spec FROM task");

        assertThat(specs)
                .isNotEmpty()
                .allSatisfy(
                        spec -> assertThat(spec).contains("\"password\":\"v2:").doesNotContain("pw-3f9c1d7e"));
    }

    @Test
    void aNameIsTakenWithoutRegardToCase() {
        String name = Api.name("Taken");
        Api.created(PAIR.task(name));

        Api.create(PAIR.task(name.toUpperCase(Locale.ROOT)))
                .statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("TASK_NAME_TAKEN"))
                .body("violations[0].field", equalTo("name"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"nam": 1}                                     | 400 | UNKNOWN_FIELD      | nam
        {"source": {"tls": {"modes": 1}}}              | 400 | UNKNOWN_FIELD      | source.tls.modes
        {"objects": {"include": [{"tabel": "a"}]}}     | 400 | UNKNOWN_FIELD      | objects.include[0].tabel
        {"source": {"port": "5432"}}                   | 400 | VALIDATION_FAILED  | source.port
        {"source": {"port": 5432.5}}                   | 400 | VALIDATION_FAILED  | source.port
        {"source": {"port": 99999999999}}              | 400 | VALIDATION_FAILED  | source.port
        {"source": {"host": 5}}                        | 400 | VALIDATION_FAILED  | source.host
        {"source": {"password": 5}}                    | 400 | VALIDATION_FAILED  | source.password
        {"structure": {"enabled": "true"}}             | 400 | VALIDATION_FAILED  | structure.enabled
        {"objects": []}                                | 400 | VALIDATION_FAILED  | objects
        {"name": "x"}                                  | 400 | VALIDATION_FAILED  | name
        """)
    void oneFieldIsNamed(String body, int status, String code, String field) {
        Api.create(body)
                .statusCode(status)
                .contentType("application/problem+json")
                .body("status", equalTo(status))
                .body("code", equalTo(code))
                .body("title", containsStringIgnoringCase(code.substring(0, 4)))
                .body("type", containsString(code))
                .body("instance", equalTo("/api/v1/tasks"))
                .body("violations[0].field", equalTo(field))
                .body("violations[0].code", equalTo(code));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"name": "abcd",
        {"name": "abcd"} {}
        {"name": "abcd", "name": "abcde"}
        []
        "text"
        null
        ``
        """)
    void whatIsNoObjectIsMalformed(String body) {
        Api.create(body == null ? "" : body).statusCode(400).body("code", equalTo("MALFORMED_REQUEST"));
    }

    @Test
    void whatTheRouterRefusesIsAProblemToo() {
        call().get("/api/v1/nothing").then().statusCode(404).body("code", equalTo("NOT_FOUND"));
        call().put("/api/v1/tasks").then().statusCode(405).body("code", equalTo("METHOD_NOT_ALLOWED"));
        call().contentType("text/plain")
                .body("x")
                .post("/api/v1/tasks")
                .then()
                .statusCode(415)
                .body("code", equalTo("UNSUPPORTED_MEDIA_TYPE"));
        Api.task("unknown").then().statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
        for (String action : List.of("start", "pause", "resume", "stop")) {
            Api.action("unknown", action).statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
        }
        for (String part : List.of("progress", "lag", "events")) {
            call().get("/api/v1/tasks/unknown/" + part).then().statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
        }
    }

    @Test
    void aTaskMayHoldWhatDoesNotWorkYetAndIsNotStarted() {
        String more = """
                , "mode": "INCREMENTAL", "changes": {"lanes": 4, "operations": ["INSERT", "DDL"]},
                "structure": {"kinds": ["VIEW", "TABLE"], "nameCase": "LOWER"},
                "transforms": [{"table": "public.a", "expression": "true"}],
                "fullLoad": {"workers": 2, "maxBytesPerSecond": 1000,
                             "windows": [{"from": "22:00", "to": "06:00", "maxBytesPerSecond": 0}]},
                "incremental": {"maxRowsPerSecond": 5}, "alerts": {"topic": "ops", "lagThresholdSeconds": 60},
                "autoStopDays": 20
                """;
        String id = Api.create(PAIR.task(Api.name("future"), more)
                        .replaceFirst("\"target\": \\{", "\"target\": {\"dialect\": \"opengauss\", "))
                .statusCode(201)
                .body("mode", equalTo("INCREMENTAL"))
                .body("changes.lanes", equalTo(4))
                .body("changes.operations", equalTo(List.of("INSERT", "DDL")))
                .body("changes.conflict", equalTo("OVERWRITE"))
                .body("structure.kinds", equalTo(List.of("TABLE", "VIEW")))
                .body("transforms[0].expression", equalTo("true"))
                .body("fullLoad.windows[0].from", equalTo("22:00"))
                .body("incremental.maxRowsPerSecond", equalTo(5))
                .body("alerts.lagThresholdSeconds", equalTo(60))
                .body("autoStopDays", equalTo(20))
                .extract()
                .path("id");

        Api.action(id, "start")
                .statusCode(501)
                .body("code", equalTo("NOT_AVAILABLE"))
                .body("violations.field", equalTo(List.of("changes.lanes", "changes.operations")));
        assertThat(Api.state(id)).isEqualTo("CONFIGURATION");
        call().header("If-Match", "*")
                .body("{\"fullLoad\": {\"workers\": 3}}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .body("fullLoad.windows[0].to", equalTo("06:00"))
                .body("fullLoad.workers", equalTo(3));
    }

    @Test
    void listsAreFilteredAndPaged() {
        String project = Api.name("paged");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(Api.created(PAIR.task(
                    Api.name("page_%d".formatted(i)),
                    ", \"project\": \"%s\", \"tags\": {\"n\": \"%d\", \"k8s:app\": \"a:%d\"}"
                            .formatted(project, i, i))));
        }
        List<String> seen = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            var request = call().queryParam("project", project).queryParam("limit", 2);
            var page = (cursor == null ? request : request.queryParam("cursor", cursor)).get("/api/v1/tasks");
            seen.addAll(page.jsonPath().getList("items.id", String.class));
            cursor = page.path("nextCursor");
            pages++;
        } while (cursor != null);

        assertThat(pages).isEqualTo(3);
        assertThat(seen).containsExactlyElementsOf(ids.reversed());
        find(project, "tag", "n:3").body("items.id", equalTo(List.of(ids.get(3))));
        find(project, "tag", "n").body("items", hasSize(5));
        find(project, "tag", "other").body("items", hasSize(0));
        find(project, "tag", "k8s:app").body("items", hasSize(5));
        find(project, "tag", "k8s:app:a:3").body("items.id", equalTo(List.of(ids.get(3))));
        find(project, "tag", "k8s").body("items", hasSize(0));
        find(project, "tag", "k8s:app:a").body("items", hasSize(0));
        find(project, "q", "PAGE_2").body("items.id", equalTo(List.of(ids.get(2))));
        find(project, "q", "page%").body("items", hasSize(0));
        find(project, "state", "PAUSED").body("items", hasSize(0));
        for (String wrong : List.of("limit=0", "limit=201", "limit=x", "cursor=%25%25", "state=NONE")) {
            call().urlEncodingEnabled(false)
                    .get("/api/v1/tasks?" + wrong)
                    .then()
                    .statusCode(400)
                    .body("violations[0].field", equalTo(wrong.substring(0, wrong.indexOf('='))));
        }
    }

    private static ValidatableResponse find(String project, String parameter, String value) {
        return call().queryParam("project", project)
                .queryParam(parameter, value)
                .get("/api/v1/tasks")
                .then()
                .statusCode(200);
    }

    @Test
    void aTaskThatWasNeverStartedStopsAndGoesAtOnce() {
        String id = Api.created(PAIR.task(Api.name("unstarted")));

        Api.action(id, "pause").statusCode(409).body("code", equalTo("TASK_STATE"));
        Api.action(id, "resume").statusCode(409);
        Api.action(id, "stop").statusCode(202).body("state", equalTo("COMPLETED"));
        Api.action(id, "stop").statusCode(409);
        call().get("/api/v1/tasks/" + id + "/lag").then().statusCode(200).body("totalMillis", nullValue());
        call().get("/api/v1/tasks/" + id + "/progress")
                .then()
                .statusCode(200)
                .body("phases.name", equalTo(List.of("STRUCTURE", "LOAD", "INCREMENTAL")))
                .body("tables", hasSize(0));
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items.kind", equalTo(List.of("STATE_CHANGED", "USER_ACTION", "USER_ACTION")))
                .body("items[0].state", equalTo("COMPLETED"));
        call().delete("/api/v1/tasks/" + id).then().statusCode(204);
        Api.task(id).then().statusCode(404);
    }

    @Test
    void connectionsAreTested() {
        test("source", Api.endpoint("postgres"))
                .body("reachable", equalTo(true))
                .body("version", containsString("."))
                .body("latencyMillis", notNullValue())
                .body("problem", nullValue());
        test("target", Api.endpoint("127.0.0.1", Api.port(), "postgres", "postgres", "wrong", "DISABLE"))
                .body("reachable", equalTo(false))
                .body("problem.code", equalTo("AUTHENTICATION_FAILED"))
                .body("problem.field", equalTo("endpoint.password"))
                .body("problem.detail", not(containsString("wrong")));
        call().body("{\"role\": \"both\"}")
                .post("/api/v1/connection-tests")
                .then()
                .statusCode(400)
                .body("violations.field", equalTo(List.of("role", "endpoint")));
    }

    private static ValidatableResponse test(String role, String endpoint) {
        return call().body("{\"role\": \"%s\", \"endpoint\": %s}".formatted(role, endpoint))
                .post("/api/v1/connection-tests")
                .then()
                .statusCode(200);
    }

    @Test
    void itIsReadyAndDescribesItself() {
        given().get("/q/health/ready").then().statusCode(200);
        given().get("/q/openapi").then().statusCode(200).body(containsString("/api/v1/tasks/{id}/start"));
        given().get("/q/swagger-ui/").then().statusCode(200).body(containsString("swagger"));
        String id = Api.created(PAIR.task(Api.name("measured")));
        String gauge = "sluice_task_state{state=\"CONFIGURATION\",task=\"" + id + "\"} 1";
        await().atMost(Duration.ofSeconds(40))
                .until(() -> given().get("/q/metrics").asString().contains(gauge));
    }
}
