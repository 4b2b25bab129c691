package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskError;
import io.sluice.task.task.DueTasks.Due;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** States, and what time and several callers at once make of them. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class StatesIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Inject
    TaskService tasks;

    @Inject
    DelayedStarts starts;

    @Inject
    AutoStop autoStop;

    @Inject
    TaskHistory history;

    @Inject
    DueTasks due;

    @Inject
    TaskRemover remover;

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
    void ofSeveralDeletionsOneAnswers() throws Exception {
        String id = Api.created(PAIR.task(Api.name("deleted")));
        Api.put(id, "state = 'COMPLETED', phase = 'STOP', generation = 1");

        List<Integer> codes =
                together(3, number -> call().delete("/api/v1/tasks/" + id).statusCode());

        assertThat(codes).containsOnlyOnce(200).containsOnly(200, 404);
    }

    /** The instance that took the request is gone. */
    @Test
    void anInterruptedDeletionIsFinished() throws Exception {
        String id = Api.created(PAIR.task(Api.name("interrupted")));
        Api.put(
                id,
                "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now(), capture_ended = '[]',"
                        + " apply_ended = '[]'");
        Api.task(id).then().body("deleting", equalTo(true));
        Api.action(id, "stop").statusCode(409);

        remover.finishInterrupted(Instant.now());
        assertThat(Api.task(id).statusCode()).as("somebody still waits").isEqualTo(200);
        remover.finishInterrupted(Instant.now().plusSeconds(60));

        Api.task(id).then().statusCode(404);
    }

    /** Nobody was there to be told; the services have not answered. */
    @Test
    void whatAnInterruptedDeletionLeavesBehindIsToldByTheTask() throws Exception {
        String id = Api.created(PAIR.task(Api.name("left-behind")));
        Api.put(id, "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now()");

        remover.finishInterrupted(Instant.now().plusSeconds(60));

        assertLeftBehind(id);
        remover.finishInterrupted(Instant.now().plusSeconds(120));
        assertThat(kinds(id)).as("told once").containsOnlyOnce("ERROR");
        Api.action(id, "stop").statusCode(409);
        call().delete("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .body("leftovers.sql", hasItem(containsString("pg_drop_replication_slot")))
                .body("leftovers.sql", hasItem(containsString("DROP PUBLICATION")));
        Api.task(id).then().statusCode(404);
    }

    @Test
    void aDeletionWhoseServicesAnswerAtLastIsFinished() throws Exception {
        String id = Api.created(PAIR.task(Api.name("late-answer")));
        Api.put(id, "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now()");
        remover.finishInterrupted(Instant.now().plusSeconds(60));
        assertLeftBehind(id);

        Api.put(id, "capture_ended = '[]', apply_ended = '[]', updated_at = updated_at + interval '1 second'");
        remover.finishInterrupted(Instant.now().plusSeconds(180));

        Api.task(id).then().statusCode(404);
    }

    /** The answer would have named what is left; nobody reads it. */
    @Test
    void whatADeletionLeavesBehindIsNotLostWithItsCaller() throws Exception {
        String id = Api.created(PAIR.task(Api.name("hung-up")));
        Api.put(id, "state = 'COMPLETED', phase = 'STOP', generation = 1");
        try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            caller.getOutputStream()
                    .write(("DELETE /api/v1/tasks/" + id + " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer "
                                    + TestServers.TOKEN + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> Api.task(id).path("deleting"));
        }

        await().atMost(Duration.ofSeconds(40)).until(() -> Api.task(id).path("error") != null);
        assertLeftBehind(id);
        call().delete("/api/v1/tasks/" + id).then().statusCode(200);
        Api.task(id).then().statusCode(404);
    }

    private static void assertLeftBehind(String id) {
        Api.task(id)
                .then()
                .statusCode(200)
                .body("deleting", equalTo(true))
                .body("state", equalTo("COMPLETED"))
                .body("error.code", equalTo("CLEANUP_INCOMPLETE"))
                .body("error.detail", containsString("pg_drop_replication_slot"))
                .body("error.detail", containsString("DROP PUBLICATION"))
                .body("error.detail", containsString("delete the task again"));
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items[0].kind", equalTo("ERROR"))
                .body("items[0].code", equalTo("CLEANUP_INCOMPLETE"))
                .body("items[0].detail", containsString("DROP PUBLICATION"));
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

    @Test
    void aTaskThatNobodyLooksAfterIsWarnedOfAndStopped() throws Exception {
        String id = Api.created(PAIR.task(Api.name("idle"), ", \"autoStopDays\": 20"));
        String other = Api.created(PAIR.task(Api.name("busy"), ", \"autoStopDays\": 20"));
        Api.put(id, "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 3, idle_since = now()");
        Api.put(other, "state = 'FULL_SYNC', phase = 'RUN', generation = 3");
        Instant now = Instant.now();

        autoStop.run(now.plus(Duration.ofDays(18)));
        assertThat(kinds(id)).doesNotContain("AUTO_STOP_WARNING");
        autoStop.run(now.plus(Duration.ofDays(19).plusMinutes(10)));
        autoStop.run(now.plus(Duration.ofDays(19).plusMinutes(20)));
        assertThat(kinds(id)).containsOnlyOnce("AUTO_STOP_WARNING");
        assertThat(Api.state(id)).isEqualTo("PAUSED");
        autoStop.run(now.plus(Duration.ofDays(20).plusMinutes(10)));
        autoStop.run(now.plus(Duration.ofDays(20).plusMinutes(20)));

        assertThat(Api.state(id)).isEqualTo("STOPPING");
        Api.task(id).then().body("generation", equalTo(4));
        assertThat(kinds(id)).containsOnlyOnce("AUTO_STOPPED");
        assertThat(Api.state(other)).isEqualTo("FULL_SYNC");
        call().get("/api/v1/tasks/" + id + "/events").then().body("items.detail", hasItem(containsString("20 days")));
    }

    /** Whoever shortens the time gets a day's notice like everybody else. */
    @Test
    void noTaskIsStoppedByItselfWithoutADaysNotice() throws Exception {
        String id = Api.created(PAIR.task(Api.name("shortened"), ", \"autoStopDays\": 100"));
        Api.put(
                id,
                "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 3,"
                        + " idle_since = now() - interval '20 days'");
        call().header("If-Match", "*")
                .body("{\"autoStopDays\": 14}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(200);
        Instant now = Instant.now();

        autoStop.run(now);
        autoStop.run(now.plus(Duration.ofHours(23)));
        assertThat(Api.state(id)).isEqualTo("PAUSED");
        assertThat(kinds(id)).containsOnlyOnce("AUTO_STOP_WARNING");
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body(
                        "items.detail",
                        hasItem(containsString(
                                now.plus(Duration.ofDays(1)).toString().substring(0, 13))));
        autoStop.run(now.plus(Duration.ofHours(25)));

        assertThat(Api.state(id)).isEqualTo("STOPPING");
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
        assertThat(kinds(other)).hasSize(1);
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

    private static List<String> kinds(String id) throws Exception {
        return Api.query("sluice", "SELECT kind FROM task_event WHERE task_id = '" + id + "' ORDER BY id");
    }

    private static Instant inSeconds(int seconds) {
        return Instant.now().plusSeconds(seconds).truncatedTo(java.time.temporal.ChronoUnit.MILLIS);
    }
}
