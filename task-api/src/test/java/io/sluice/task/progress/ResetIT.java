package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A reset and a change of a running task, as the services see them. The test plays capture and apply. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ResetIT {

    private static Bus bus;

    @BeforeAll
    static void open() {
        bus = Bus.open();
    }

    @AfterAll
    static void close() {
        bus.close();
    }

    @Test
    void aTaskIsResetAndStartedAgain() throws Exception {
        String id = started("reset");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        bus.report(id, 1, Service.CAPTURE, new Fact.CapturePosition("0/30", "0/20", 5, 4096, "reserved", 86_400_000));
        bus.report(id, 1, Service.APPLY, new Fact.Failed(ErrorCode.TARGET_FULL, "the disk is full"));
        awaitState(id, "FULL_SYNC_FAILED");

        Api.action(id, "reset").statusCode(202).body("resetting", equalTo(true));
        assertThat(bus.order(id, 3).phase()).isEqualTo(Phase.DELETE);
        Api.action(id, "resume").statusCode(409).body("detail", containsString("being reset"));
        bus.report(
                id,
                3,
                Service.CAPTURE,
                new Fact.Ended(List.of(new Leftover("replication slot s", "in use", "SELECT 1"))));
        bus.report(id, 3, Service.APPLY, new Fact.Ended(List.of()));

        awaitState(id, "CONFIGURATION");
        assertThat(bus.order(id, 4).phase()).isEqualTo(Phase.IDLE);
        Api.task(id)
                .then()
                .body("resetting", equalTo(false))
                .body("error", nullValue())
                .body("startedAt", nullValue());
        call().get("/api/v1/tasks/" + id + "/progress").then().body("tables", hasSize(0));
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items.detail", hasItem(containsString("remove it with: SELECT 1")));
        // A report that comes late is about a start that is over.
        bus.report(id, 3, Service.APPLY, new Fact.StepReached(Step.APPLYING));

        Api.action(id, "start").statusCode(202).body("generation", equalTo(5));
        assertThat(bus.order(id, 5).phase()).isEqualTo(Phase.RUN);
        bus.report(id, 5, Service.APPLY, new Fact.StepReached(Step.LOADING));
        awaitState(id, "FULL_SYNC");
    }

    @Test
    void allTablesAreLoadedAnewWhenTheWayOfTheChangesIsRemoved() throws Exception {
        String id = started("anew");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        bus.report(id, 1, Service.CAPTURE, new Fact.Failed(ErrorCode.SLOT_LOST, "the slot is lost"));
        awaitState(id, "INCREMENTAL_SYNC_FAILED");

        resumeAnew(id);
        TaskOrder removal = bus.order(id, 3);
        assertThat(removal.phase()).isEqualTo(Phase.DELETE);
        assertThat(removal.anew()).isTrue();
        assertThat(removal.dropTables()).isFalse();
        // It may be asked for again while it is not done.
        resumeAnew(id);
        bus.report(id, 4, Service.APPLY, new Fact.Ended(List.of()));
        bus.report(id, 4, Service.CAPTURE, new Fact.Ended(List.of()));

        awaitState(id, "STARTING");
        TaskOrder anew = bus.order(id, 6);
        assertThat(anew.phase()).isEqualTo(Phase.RUN);
        assertThat(anew.begun()).as("slot and topic are to be made").isFalse();
        assertThat(anew.start())
                .as("what the target knows of the tables counts")
                .isEqualTo(1);
        assertThat(anew.tables()).isNotEmpty().isEqualTo(removal.tables());
        assertThat(anew.loads())
                .allSatisfy(load -> assertThat(load.number()).isEqualTo(6))
                .hasSameSizeAs(anew.tables());
        bus.report(id, 6, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        awaitState(id, "INCREMENTAL_SYNC");
    }

    private static void resumeAnew(String id) {
        reloadAll(id).then().statusCode(202).body("resetting", equalTo(true));
    }

    @Test
    void aResetThatCannotBeDoneSaysWhyAndMayBeGivenAgain() throws Exception {
        String id = started("stuck");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        awaitState(id, "FULL_SYNC");
        Api.action(id, "pause").statusCode(202);
        call().body("{\"dropTargetData\": true}")
                .post("/api/v1/tasks/" + id + "/reset")
                .then()
                .statusCode(202);
        assertThat(bus.order(id, 3))
                .satisfies(order -> assertThat(order.phase()).isEqualTo(Phase.DELETE))
                .satisfies(order -> assertThat(order.dropTables()).isTrue());
        bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(
                id,
                3,
                Service.APPLY,
                new Fact.Ended(
                        List.of(new Leftover("table public.a on the target", "a view depends on it", "DROP x"))));

        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> Api.task(id)
                        .then()
                        .body("state", equalTo("PAUSED"))
                        .body("resetting", equalTo(true))
                        .body("error.code", equalTo("CLEANUP_INCOMPLETE"))
                        .body("error.detail", containsString("public.a on the target (a view depends on it)"))
                        .body("error.detail", containsString("reset the task again")));
        call().get("/api/v1/tasks?q=stuck").then().body("items.error.code", hasItem("CLEANUP_INCOMPLETE"));

        Api.action(id, "reset").statusCode(202);
        assertThat(bus.order(id, 4).dropTables())
                .as("the wish is the last one's")
                .isFalse();
        bus.report(id, 4, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(id, 4, Service.APPLY, new Fact.Ended(List.of()));
        awaitState(id, "CONFIGURATION");
        Api.task(id).then().body("error", nullValue()).body("resetting", equalTo(false));
    }

    /** What one of them wants kept, the other would have dropped. */
    @Test
    void ofTwoResetsWithContraryWishesOneWins() throws Exception {
        Pair pair = new Pair("no_source", "no_target");
        for (int round = 0; round < 6; round++) {
            String id = Api.created(pair.task(Api.name("contrary")));
            Api.put(id, "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 1");

            List<Response> answers = together(2, number -> reset(id, number == 0));

            assertThat(answers).extracting(Response::statusCode).containsExactlyInAnyOrder(202, 409);
            boolean drop = answers.getFirst().statusCode() == 202;
            (drop ? answers.getLast() : answers.getFirst())
                    .then()
                    .body("code", equalTo("TASK_STATE"))
                    .body("detail", containsString("being reset with dropTargetData " + drop));
            assertThat(bus.order(id, 2).dropTables()).isEqualTo(drop);
            Api.task(id).then().body("generation", equalTo(2)).body("resetting", equalTo(true));

            reset(id, drop).then().statusCode(202);
            assertThat(bus.order(id, 3).dropTables()).isEqualTo(drop);
            reset(id, !drop).then().statusCode(409);
            // One of the two that have to answer.
            bus.report(
                    id, 3, Service.APPLY, new Fact.Ended(List.of(new Leftover("table t", "in use", "DROP TABLE t"))));
            await().until(() -> Api.query("sluice", "SELECT id FROM task WHERE apply_ended IS NOT NULL")
                    .contains(id));
            reset(id, !drop).then().statusCode(409);
            bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
            await().atMost(Duration.ofSeconds(40)).until(() -> Api.task(id).path("error") != null);

            reset(id, !drop).then().statusCode(202);
            assertThat(bus.order(id, 4).dropTables()).isEqualTo(!drop);
        }
    }

    /** What one takes away the other needs. */
    @Test
    void ofAResetAndAReloadOfAllTablesOneWins() throws Exception {
        Pair pair = new Pair("no_source", "no_target");
        for (int round = 0; round < 6; round++) {
            String id = Api.created(pair.task(Api.name("contrary")));
            Api.put(id, "state = 'PAUSED', left_state = 'INCREMENTAL_SYNC', phase = 'PAUSE', generation = 1");

            List<Response> answers = together(2, number -> number == 0 ? reset(id, false) : reloadAll(id));

            assertThat(answers).extracting(Response::statusCode).containsExactlyInAnyOrder(202, 409);
            boolean reset = answers.getFirst().statusCode() == 202;
            (reset ? answers.getLast() : answers.getFirst()).then().body("code", equalTo("TASK_STATE"));
            assertThat(bus.order(id, 2).anew()).isEqualTo(!reset);
            (reset ? reset(id, false) : reloadAll(id)).then().statusCode(202);
            assertThat(bus.order(id, 3).anew()).isEqualTo(!reset);
        }
    }

    /** Some of the tables may be gone by then. */
    @Test
    void whatAResetHasLeftCannotBeLoadedAgain() throws Exception {
        String id = Api.created(new Pair("no_source", "no_target").task(Api.name("halfway")));
        Api.put(id, "state = 'PAUSED', left_state = 'INCREMENTAL_SYNC', phase = 'PAUSE', generation = 1");
        reset(id, true).then().statusCode(202);
        bus.report(id, 2, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(id, 2, Service.APPLY, new Fact.Ended(List.of(new Leftover("table t", "in use", "DROP TABLE t"))));
        await().atMost(Duration.ofSeconds(40)).until(() -> Api.task(id).path("error") != null);

        reloadAll(id).then().statusCode(409).body("code", equalTo("TASK_STATE"));
        reset(id, true).then().statusCode(202);
    }

    private static Response reloadAll(String id) {
        return call().body("{\"reload\": [\"*\"]}").post("/api/v1/tasks/" + id + "/resume");
    }

    private static Response reset(String id, boolean dropTargetData) {
        return call().body("{\"dropTargetData\": " + dropTargetData + "}").post("/api/v1/tasks/" + id + "/reset");
    }

    @Test
    void tablesThatMayHaveBeenThereBeforeAreNotDropped() throws Exception {
        for (String structure : List.of("{\"existingTable\": \"KEEP\"}", "{\"enabled\": false}")) {
            String id = Api.created(
                    new Pair("no_source", "no_target").task(Api.name("kept"), ", \"structure\": " + structure));
            Api.put(id, "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 1");

            call().body("{\"dropTargetData\": true}")
                    .post("/api/v1/tasks/" + id + "/reset")
                    .then()
                    .statusCode(400)
                    .body("violations[0].field", equalTo("dropTargetData"));
            Api.task(id).then().body("resetting", equalTo(false)).body("generation", equalTo(1));
        }
    }

    @Test
    void aStopThatCannotReachTheSourceFailsAndIsGivenAgain() throws Exception {
        String id = started("cut-off");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        awaitState(id, "INCREMENTAL_SYNC");
        Api.action(id, "stop").statusCode(202);
        bus.report(id, 2, Service.APPLY, new Fact.Ended(List.of()));
        bus.report(
                id,
                2,
                Service.CAPTURE,
                new Fact.Ended(List.of(new Leftover("replication slot s", "connection refused", "SELECT drop_it()"))));

        awaitState(id, "STOP_FAILED");
        Api.task(id)
                .then()
                .body("error.code", equalTo("CLEANUP_INCOMPLETE"))
                .body("error.detail", containsString("replication slot s (connection refused)"))
                .body("error.detail", containsString("SELECT drop_it()"))
                .body("error.detail", containsString("stop the task again"));
        Api.action(id, "resume").statusCode(409);

        Api.action(id, "stop")
                .statusCode(202)
                .body("state", equalTo("STOPPING"))
                .body("error", nullValue());
        assertThat(bus.order(id, 3).phase()).isEqualTo(Phase.STOP);
        bus.report(id, 3, Service.APPLY, new Fact.Ended(List.of()));
        bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
        awaitState(id, "COMPLETED");
    }

    @Test
    void aResetTaskGoesWithItsOrders() throws Exception {
        String id = started("gone");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        awaitState(id, "FULL_SYNC");
        Api.action(id, "pause").statusCode(202);
        Api.action(id, "reset").statusCode(202);
        bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(id, 3, Service.APPLY, new Fact.Ended(List.of()));
        awaitState(id, "CONFIGURATION");

        // The services are asked once more: what they could not reach at the reset, they may reach now.
        call().delete("/api/v1/tasks/" + id).then().statusCode(200);

        bus.awaitTombstone(id);
    }

    @Test
    void aChangeOfARunningTaskIsAnOrderOfTheSamePhase() throws Exception {
        String id = started("live");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        awaitState(id, "FULL_SYNC");

        call().header("If-Match", "\"1\"")
                .body("{\"source\": {\"password\": \"pw-of-tomorrow\"}, \"retry\": {\"otherMinutes\": 3}}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .body("state", equalTo("FULL_SYNC"));

        TaskOrder order = bus.order(id, 2);
        assertThat(order.phase()).isEqualTo(Phase.RUN);
        assertThat(order.tables()).hasSize(1);
        assertThat(order.spec().retry().otherMinutes()).isEqualTo(3);
        assertThat(new SecretSeal(TestServers.masterKey())
                        .open(id, order.spec().source().password())
                        .reveal())
                .isEqualTo("pw-of-tomorrow");
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        bus.report(id, 2, Service.APPLY, new Fact.StepReached(Step.LOADED));
        bus.report(id, 2, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        awaitState(id, "INCREMENTAL_SYNC");
        assertThat(bus.order(id, 1).spec().target()).isEqualTo(order.spec().target());
    }

    private static String started(String name) throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name(name)));
        Api.action(id, "start").statusCode(202).body("startedAt", notNullValue());
        return id;
    }

    private static void awaitState(String id, String state) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(Api.state(id)).isEqualTo(state));
    }
}
