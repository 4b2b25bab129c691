package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.life.TaskAction;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** States, and what several callers at once make of them. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class StatesIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Inject
    TaskService tasks;

    @Inject
    TaskHistory history;

    @Test
    void ofContraryCommandsOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            String id = Api.created(PAIR.task(Api.name("contrary")));
            Api.put(id, "state = 'FULL_SYNC', phase = 'RUN', generation = 1");

            List<String> results = together(8, number -> {
                try {
                    tasks.carryOut(id, TaskAction.PAUSE);
                    return "done";
                } catch (SluiceException e) {
                    return e.code().name();
                }
            });

            assertThat(results)
                    .containsOnly("done", ErrorCode.TASK_STATE.name())
                    .containsOnlyOnce("done");
            assertThat(Api.state(id)).isEqualTo("PAUSED");
            Api.task(id).then().body("generation", equalTo(2));
        }
    }

    @Test
    void aStopAndAPauseAndAResetLeaveOneStateAndOneOrderEach() throws Exception {
        String id = Api.created(PAIR.task(Api.name("mixed")));
        Api.put(id, "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 1");
        List<TaskAction> actions = List.of(TaskAction.RESUME, TaskAction.STOP, TaskAction.DELETE, TaskAction.RESUME);

        List<String> results = together(
                8,
                number -> call().body("{}")
                                .post("/api/v1/tasks/" + id + "/"
                                        + (actions.get(number % 4) == TaskAction.DELETE
                                                ? "pause"
                                                : actions.get(number % 4).word()))
                                .then()
                                .extract()
                                .statusCode()
                        + "");

        long won = results.stream().filter("202"::equals).count();
        assertThat(results).containsOnly("202", "409");
        Api.task(id).then().body("generation", equalTo((int) won + 1)).body("state", equalTo("STOPPING"));
    }

    @Test
    void theHistoryKeepsItsNewestLines() throws Exception {
        String id = Api.created(PAIR.task(Api.name("old")));
        String other = Api.created(PAIR.task(Api.name("young")));
        Api.execute(
                "sluice",
                "INSERT INTO task_event (task_id, at, kind, state, detail) SELECT '" + id
                        + "', now(), 'ERROR', 'CONFIGURATION', n::text FROM generate_series(1, 30) n");

        io.quarkus.narayana.jta.QuarkusTransaction.requiringNew().run(() -> history.trim(10));

        assertThat(Api.query("sluice", "SELECT detail FROM task_event WHERE task_id = '" + id + "' ORDER BY id"))
                .hasSize(10)
                .startsWith("21")
                .endsWith("30");
        assertThat(Api.eventKinds(other)).hasSize(1);
    }

    @Test
    void whatNoDatabaseCouldHoldIsNotFound() {
        call().urlEncodingEnabled(false).get("/api/v1/tasks/%00").then().statusCode(404);
        call().urlEncodingEnabled(false)
                .post("/api/v1/tasks/a%00b/pause")
                .then()
                .statusCode(404);
        for (String filter : List.of("q=%00", "project=a%00", "tag=%00", "tag=a:%00")) {
            call().urlEncodingEnabled(false)
                    .get("/api/v1/tasks?" + filter)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("VALIDATION_FAILED"));
        }
    }
}
