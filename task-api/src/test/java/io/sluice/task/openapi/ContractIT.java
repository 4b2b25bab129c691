package io.sluice.task.openapi;

import static io.restassured.RestAssured.given;
import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.http.document.DocumentedAnswers;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules of the contract that hold for every operation of a kind. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ContractIT {

    private String id = "";

    @BeforeEach
    void aTask() {
        id = Api.created(new Pair("no_source", "no_target").task(Api.name("contract")));
    }

    /**
     * An operation of the document, with what its path wants filled in.
     *
     * @param about as in {@code get /api/v1/tasks/{id}}
     */
    private record Operation(String about, String method, String path, Map<String, Object> says) {

        List<String> queries() {
            List<Map<String, Object>> parameters = list("parameters");
            return parameters.stream()
                    .filter(parameter -> "query".equals(parameter.get("in")))
                    .map(parameter -> String.valueOf(parameter.get("name")))
                    .toList();
        }

        @SuppressWarnings("unchecked")
        private List<Map<String, Object>> list(String field) {
            return (List<Map<String, Object>>) says.getOrDefault(field, List.of());
        }

        Response ask(String query, String body) {
            return call().urlEncodingEnabled(false)
                    .header("If-Match", "\"1\"")
                    .body(body)
                    .request(method, path + query);
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    @SuppressWarnings("unchecked")
    private List<Operation> operations() {
        Map<String, Map<String, Object>> paths =
                given().get("/q/openapi?format=json").jsonPath().getMap("paths");
        List<Operation> operations = new ArrayList<>();
        paths.forEach((path, item) -> item.forEach((method, says) -> operations.add(new Operation(
                method + " " + path,
                method.toUpperCase(Locale.ROOT),
                path.replace("{id}", path.contains("/tokens/") ? "0" : id)
                        .replace("{number}", "1")
                        .replace("{table}", "public.a")
                        .replace("{object}", "public.a"),
                (Map<String, Object>) says))));
        return operations;
    }

    private static DocumentedAnswers documented() throws JsonProcessingException {
        return new DocumentedAnswers(new ObjectMapper()
                .readTree(given().get("/q/openapi?format=json").asString()));
    }

    @Test
    void everyListTakesALimitOf1To200AndItsOwnCursor() throws Exception {
        DocumentedAnswers answers = documented();
        List<Operation> lists = operations().stream()
                .filter(operation -> operation.queries().contains("limit"))
                .toList();
        assertThat(lists).hasSizeGreaterThan(7).allMatch(list -> list.queries().contains("cursor"));
        for (Operation list : lists) {
            for (String wrong : List.of("limit=0", "limit=201", "limit=-1", "limit=x", "cursor=%25%25")) {
                Response answer = list.ask("?" + wrong, "");
                assertThat(answer.statusCode())
                        .as(list + "?" + wrong + " " + answer.asString())
                        .isEqualTo(400);
                answer.then()
                        .body("code", equalTo("VALIDATION_FAILED"))
                        .body("violations[0].field", equalTo(wrong.substring(0, wrong.indexOf('='))));
                answers.note(list.about(), 400, "VALIDATION_FAILED");
            }
        }
        assertThat(answers.others()).isEmpty();
    }

    @Test
    void everyBodyIsRefusedForAFieldThatItDoesNotHave() throws Exception {
        DocumentedAnswers answers = documented();
        List<Operation> withBody = operations().stream()
                .filter(operation -> operation.says().containsKey("requestBody"))
                .toList();
        assertThat(withBody).hasSizeGreaterThan(15);
        for (Operation operation : withBody) {
            Response answer = operation.ask("", "{\"noSuchField\": 1}");
            assertThat(answer.statusCode())
                    .as(operation + " " + answer.asString())
                    .isEqualTo(400);
            answer.then().body("code", equalTo("UNKNOWN_FIELD")).body("violations[0].field", equalTo("noSuchField"));
            answers.note(operation.about(), 400, "UNKNOWN_FIELD");
        }
        assertThat(answers.others()).isEmpty();
    }

    @Test
    void aPageHoldsFiftyUnlessItIsToldOtherwise() throws Exception {
        String project = Api.name("fifty");
        Api.execute("sluice", """
                INSERT INTO task SELECT (jsonb_populate_record(t, jsonb_build_object(
                    'id', gen_random_uuid(), 'name', '%s-' || n, 'project', '%s'))).*
                FROM task t, generate_series(1, 60) n WHERE t.id = '%s'""".formatted(project, project, id));
        try {
            call().get("/api/v1/tasks?project=" + project).then().body("items", hasSize(50));
            call().get("/api/v1/tasks?limit=200&project=" + project).then().body("items", hasSize(60));
        } finally {
            Api.execute("sluice", "DELETE FROM task WHERE project = '" + project + "'");
        }
    }

    @Test
    void whatIsCreatedIsWhereTheAnswerSays() {
        created("/api/v1/tasks?from=" + id, """
                {"name": "%s", "source": {"password": "a"}, "target": {"password": "b"}}
                """.formatted(Api.name("located")));
        created(
                "/api/v1/tokens",
                "{\"name\": \"%s\", \"role\": \"viewer\", \"projects\": [\"*\"]}".formatted(Api.name("located")));
    }

    private static void created(String path, String body) {
        Response made = call().body(body).post(path);
        assertThat(made.statusCode()).as(made.asString()).isEqualTo(201);
        String location = made.header("Location").replaceFirst("^https?://[^/]+", "");
        call().get(location).then().statusCode(200).body("id", equalTo(made.path("id")));
    }

    /** To the second or finer, and in UTC. */
    @Test
    void timesAreInUtc() {
        Api.task(id).then().body("createdAt", matchesPattern("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z"));
    }
}
