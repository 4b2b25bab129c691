package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Requests that break a rule of the contract. */
@EndToEnd
class BadRequestIT {
    private static Pair pair;

    @BeforeAll
    static void databases(Sluice sluice) {
        pair = Pair.create(sluice, "bad_request");
    }

    @TestFactory
    List<DynamicTest> isRefusedAtCreation(Sluice sluice) {
        return List.of(
                atCreation("name too short", spec -> spec.put("name", "abc"), 400, "VALIDATION_FAILED", "name"),
                atCreation("name with a space", spec -> spec.put("name", "my task"), 400, "VALIDATION_FAILED", "name"),
                atCreation("unknown field", spec -> spec.put("colour", "red"), 400, "UNKNOWN_FIELD", "colour"),
                atCreation(
                        "unknown field below",
                        spec -> source(spec).put("hots", "x"),
                        400,
                        "UNKNOWN_FIELD",
                        "source.hots"),
                atCreation(
                        "port out of range",
                        spec -> source(spec).put("port", 65_536),
                        400,
                        "VALIDATION_FAILED",
                        "source.port"),
                atCreation(
                        "no password",
                        spec -> source(spec).remove("password"),
                        400,
                        "VALIDATION_FAILED",
                        "source.password"),
                atCreation(
                        "text for a number",
                        spec -> source(spec).put("port", "many"),
                        400,
                        "VALIDATION_FAILED",
                        "source.port"),
                atCreation(
                        "filter with a sub-query",
                        spec -> include(spec).put("filter", "id IN (SELECT 1)"),
                        400,
                        "VALIDATION_FAILED",
                        "objects.include[0].filter"),
                atCreation(
                        "filter for no table",
                        spec -> include(spec).put("filter", "id > 1"),
                        422,
                        "NOTHING_SELECTED",
                        "objects.include[0].filter"));
    }

    @Test
    void whatDoesNotWorkYetIsRefusedAtTheStart(Sluice sluice) {
        ObjectNode spec = Task.spec(pair, "app").put("name", "not-there-yet");
        ((ObjectNode) spec.path("target")).put("dialect", "opengauss");
        spec.withObject("changes").put("lanes", 2);
        Task task = Task.create(pair, spec);
        Api.Answer answer = task.action("start");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(501);
        answer.assertProblem("NOT_AVAILABLE");
        task.delete().expect(204);
    }

    @Test
    void whoHasNoTokenGetsNothing(Sluice sluice) {
        String url = sluice.stack().taskApi().url();
        for (String token : List.of("", "wrong", Sluice.randomSecret())) {
            Api.Answer answer = new Api(url, token).get("/api/v1/tasks");
            assertThat(answer.status()).isEqualTo(401);
            answer.assertProblem("UNAUTHENTICATED");
            Api.Answer created = new Api(url, token).post("/api/v1/tasks", Task.spec(pair, "app"));
            assertThat(created.status()).isEqualTo(401);
        }
        Api.Answer topics = new Api(sluice.stack().notifier().url(), "").get("/api/v1/topics");
        assertThat(topics.status()).isEqualTo(401);
        topics.assertProblem("UNAUTHENTICATED");
    }

    @Test
    void aNameThatIsTakenIsRefusedWithoutRegardToCase(Sluice sluice) {
        Task task = Task.create(pair, Task.spec(pair, "app").put("name", "Taken-Name"));
        Api.Answer answer =
                sluice.tasks().post("/api/v1/tasks", Task.spec(pair, "app").put("name", "taken-name"));
        assertThat(answer.status()).isEqualTo(409);
        answer.assertProblem("TASK_NAME_TAKEN");
        assertThat(task.action("pause").code()).isEqualTo("TASK_STATE");
        task.delete().expect(204);
        assertThat(sluice.tasks().get("/api/v1/tasks/" + task.id()).status()).isEqualTo(404);
    }

    private static DynamicTest atCreation(
            String what, Consumer<ObjectNode> mistake, int status, String code, String field) {
        return DynamicTest.dynamicTest(what, () -> {
            ObjectNode spec = Task.spec(pair, "app");
            mistake.accept(spec);
            Api.Answer answer = pair.sluice().tasks().post("/api/v1/tasks", spec);
            assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
            answer.assertProblem(code);
            assertThat(answer.json().path("violations").findValuesAsText("field"))
                    .as(answer.text())
                    .contains(field);
        });
    }

    private static ObjectNode source(ObjectNode spec) {
        return (ObjectNode) spec.required("source");
    }

    private static ObjectNode include(ObjectNode spec) {
        return (ObjectNode) spec.required("objects").required("include").required(0);
    }
}
