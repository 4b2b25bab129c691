package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.life.TaskError;
import io.sluice.task.task.DueTasks.Due;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A start that is planned happens once, at its time, and not when it was taken back. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class DelayedStartsIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Inject
    DelayedStarts starts;

    @Inject
    DueTasks due;

    @Test
    void aDelayedStartFiresOnceHoweverManyLook() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("later")));
        Instant at = inSeconds(3600);
        Api.call()
                .body("{\"at\": \"" + at + "\"}")
                .post("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(202)
                .body("state", equalTo("PENDING_START"))
                .body("startAt", equalTo(at.toString()))
                .body("generation", equalTo(0));
        Api.action(id, "start").statusCode(409);

        Api.put(id, "start_at = now() - interval '1 second'");
        together(6, number -> {
            starts.poll();
            return number;
        });

        await().atMost(Duration.ofSeconds(40)).until(() -> "STARTING".equals(Api.state(id)));
        together(6, number -> {
            starts.start(new Due(id, at));
            return number;
        });
        Api.task(id)
                .then()
                .body("generation", equalTo(1))
                .body("startAt", nullValue())
                .body("startedAt", notNullValue());
        assertThat(Api.query(
                        "sluice",
                        "SELECT detail FROM task_event WHERE task_id = '" + id + "' AND kind = 'STATE_CHANGED'"
                                + " ORDER BY id"))
                .containsExactly("CONFIGURATION to PENDING_START", "PENDING_START to STARTING");
    }

    /** Its checks may run for long, and nobody waits for them. */
    @Test
    void aDelayedStartThatWasTakenBackNeverFires() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("revoked")));
        Instant planned = Instant.parse("2026-01-01T00:00:00Z");
        Api.put(
                id,
                "state = 'PENDING_START', start_at = '" + planned + "', start_claimed_until = now() + interval '1 h'");
        call().delete("/api/v1/tasks/" + id + "/start").then().statusCode(202);

        starts.start(new Due(id, planned));
        Api.task(id).then().body("state", equalTo("CONFIGURATION")).body("generation", equalTo(0));

        Instant later = inSeconds(3600);
        call().body("{\"at\": \"" + later + "\"}").post("/api/v1/tasks/" + id + "/start");
        starts.start(new Due(id, planned));
        assertThatThrownBy(() -> due.refuseStart(
                        new Due(id, planned), new TaskError(ErrorCode.TARGET_FULL, "of another start", Instant.now())))
                .hasMessageContaining("taken back");
        Api.task(id)
                .then()
                .body("state", equalTo("PENDING_START"))
                .body("startAt", equalTo(later.toString()))
                .body("generation", equalTo(0));
    }

    /** Either the change comes first, and the start is of the changed task, or the start, and the change is refused. */
    @Test
    void aChangeDuringAStartIsNeverLost() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        for (String moment : List.of("at once", "while the start looks at both sides", "after that")) {
            String id = Api.created(pair.task(Api.name("raced")));

            List<Integer> codes = together(2, number -> {
                if (number == 0) {
                    return Api.action(id, "start").extract().statusCode();
                }
                awaitMoment(moment, id);
                return call().header("If-Match", "*")
                        .body("{\"objects\": {\"include\": [{\"schema\": \"public\", \"table\": \"b\"}]}}")
                        .patch("/api/v1/tasks/" + id)
                        .statusCode();
            });

            int start = codes.getFirst();
            boolean changed = codes.getLast() == 200;
            assertThat(codes.getLast()).isIn(200, 409);
            assertThat(start).isIn(202, 409);
            assertThat(start == 202 || changed).as("one of the two wins").isTrue();
            List<String> tables =
                    Api.query("sluice", "SELECT table_name FROM task_table WHERE task_id = '" + id + "' ORDER BY 1");
            assertThat(tables)
                    .as("what is moved is what the task says")
                    .isEqualTo(start != 202 ? List.of() : changed ? List.of("b") : List.of("a", "b"));
        }
    }

    private static void awaitMoment(String moment, String id) {
        if (!moment.equals("at once")) {
            boolean over = moment.equals("after that");
            await().atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        List<String> states =
                                Api.query("sluice", "SELECT state FROM precheck WHERE task_id = '" + id + "'");
                        return !states.isEmpty() && (!over || !states.contains("RUNNING"));
                    });
        }
    }

    @Test
    void aStartOfADeadInstanceIsTakenOver() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("orphan")));
        Api.put(id, "state = 'PENDING_START', start_at = now(), start_claimed_until = now() + interval '1 hour'");
        starts.poll();
        assertThat(Api.state(id)).isEqualTo("PENDING_START");

        Api.put(id, "start_claimed_until = now() - interval '1 second'");

        await().atMost(Duration.ofSeconds(40)).until(() -> "STARTING".equals(Api.state(id)));
    }

    @Test
    void aDelayedStartWhoseChecksFailSaysWhyAndIsTriedAgainByResume() throws Exception {
        String id = Api.created(PAIR.task(Api.name("hopeless")));
        Api.put(id, "state = 'PENDING_START', start_at = now()");
        await().atMost(Duration.ofSeconds(40)).until(() -> "START_FAILED".equals(Api.state(id)));

        Api.task(id)
                .then()
                .body("error.code", equalTo("DATABASE_UNKNOWN"))
                .body("error.detail", containsString("no_source"));
        Api.action(id, "resume").statusCode(202).body("state", equalTo("PENDING_START"));
        await().atMost(Duration.ofSeconds(40)).until(() -> "START_FAILED".equals(Api.state(id)));
        Api.action(id, "reset")
                .statusCode(202)
                .body("state", equalTo("CONFIGURATION"))
                .body("error", nullValue());
    }

    @Test
    void aStartIsPlannedOnlyWhenItCouldBeMadeNow() {
        String id = Api.created(PAIR.task(Api.name("unplanned")));

        call().body("{\"at\": \"" + inSeconds(3600) + "\"}")
                .post("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(422);

        assertThat(Api.state(id)).isEqualTo("CONFIGURATION");
    }

    @Test
    void aPlannedStartCanBeTakenBackAndCheckedOnceMore() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("taken-back")));
        call().body("{\"at\": \"" + inSeconds(3600) + "\"}").post("/api/v1/tasks/" + id + "/start");
        assertThat(Api.precheck(id).getString("state")).isEqualTo("PASSED");
        assertThat(Api.state(id)).isEqualTo("PENDING_START");
        Api.action(id, "reset").statusCode(409).body("detail", containsString("/start, stop, stop with force."));
        call().header("If-Match", "*")
                .body("{\"mode\": \"FULL\"}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(409)
                .body("violations[0].message", containsString("/start."));
        call().delete("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(202)
                .body("state", equalTo("CONFIGURATION"))
                .body("startAt", nullValue());
        call().body("{\"at\": \"" + inSeconds(3600) + "\"}").post("/api/v1/tasks/" + id + "/start");
        Api.action(id, "stop")
                .statusCode(202)
                .body("state", equalTo("COMPLETED"))
                .body("startAt", nullValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "tomorrow", "12"})
    void aStartIsInTheFutureAndWithinAYear(String at) {
        String id = Api.created(PAIR.task(Api.name("when")));

        call().body("{\"at\": \"" + at + "\"}")
                .post("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("at"));
    }

    /** Seconds since 1970 would be a time, and milliseconds another one. */
    @Test
    void aTimeIsNoNumber() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("number")));
        long inAnHour = inSeconds(3600).getEpochSecond();
        for (String at : List.of(inAnHour + "", inAnHour + ".5", "\"" + inAnHour + "\"", "\"\"", "true", "{}")) {
            call().body("{\"at\": " + at + "}")
                    .post("/api/v1/tasks/" + id + "/start")
                    .then()
                    .statusCode(400)
                    .body("violations[0].field", equalTo("at"))
                    .body("detail", containsString("2026-01-31T12:00:00Z"));
        }
        assertThat(Api.state(id)).isEqualTo("CONFIGURATION");
    }

    private static Instant inSeconds(int seconds) {
        return Instant.now().plusSeconds(seconds).truncatedTo(java.time.temporal.ChronoUnit.MILLIS);
    }
}
