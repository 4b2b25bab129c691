package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.Vitals;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.CleanUpSql;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** The conversation with the services: orders go out, reports come in. The test plays capture and apply. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class OrdersAndReportsIT extends BusScenario {

    @Test
    void aTaskLivesFromStartToItsDeletion() throws Exception {
        String id = started("life", "");
        TaskOrder run = bus.order(id, 1);
        assertThat(run.phase()).isEqualTo(Phase.RUN);
        assertThat(run.tables()).containsExactly(new TableName("public", "a"), new TableName("public", "b"));
        assertThat(open(run)).isEqualTo(TestServers.PASSWORD);

        report(id, 1, Service.CAPTURE, new Fact.StepReached(Step.CAPTURING));
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.STRUCTURE));
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        awaitState(id, "FULL_SYNC");
        report(id, 1, Service.APPLY, new Fact.LoadProgress(List.of(table("a", TableState.LOADING, 40))));
        await().untilAsserted(() -> call().get("/api/v1/tasks/" + id + "/progress")
                .then()
                .body("percent", equalTo(40))
                .body("rows", equalTo(40))
                .body("tables", hasSize(2))
                .body("tables[0].state", equalTo("LOADING"))
                .body("phases.state", equalTo(List.of("DONE", "RUNNING", "WAITING"))));
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADED));
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        awaitState(id, "INCREMENTAL_SYNC");

        report(
                id,
                1,
                Service.CAPTURE,
                new Fact.CapturePosition("0/30", "0/20", 5, 4096, "reserved", 86_400_000, 8192L));
        report(id, 1, Service.APPLY, new Fact.ApplyPosition("0/10", 7, 12));
        await().untilAsserted(() -> call().get("/api/v1/tasks/" + id + "/lag")
                .then()
                .body("captureMillis", notNullValue())
                .body("applyMillis", notNullValue())
                .body("sourceLsn", equalTo("0/30"))
                .body("capturedLsn", equalTo("0/20"))
                .body("appliedLsn", equalTo("0/10"))
                .body("walRetainedBytes", equalTo(4096))
                .body("walStatus", equalTo("reserved"))
                .body("resumableUntil", notNullValue()));
        TaskEvent told = bus.vitals(id, event -> lag(event) >= 0);
        assertThat(told.state()).isEqualTo("INCREMENTAL_SYNC");
        assertThat(told.health()).isEqualTo(Health.HEALTHY);
        assertThat(told.vitals().walRetainedBytes()).isEqualTo(4096);
        assertThat(told.vitals().walLimitBytes()).isEqualTo(8192);
        assertThat(told.vitals().walStatus()).isEqualTo("reserved");
        assertThat(told.vitals().lagMillis()).isGreaterThanOrEqualTo(12);
        // Nobody reports any more: the lag grows by the silence.
        bus.vitals(id, event -> lag(event) > 5_000);

        Api.action(id, "pause").statusCode(202).body("state", equalTo("PAUSED"));
        assertThat(bus.order(id, 2).phase()).isEqualTo(Phase.PAUSE);
        Api.action(id, "resume").statusCode(202).body("state", equalTo("INCREMENTAL_SYNC"));
        assertThat(bus.order(id, 3).phase()).isEqualTo(Phase.RUN);

        Api.action(id, "stop").statusCode(202).body("state", equalTo("STOPPING"));
        assertThat(bus.order(id, 4).phase()).isEqualTo(Phase.STOP);
        report(id, 3, Service.APPLY, new Fact.Ended(List.of()));
        report(id, 4, Service.CAPTURE, new Fact.Ended(List.of()));
        report(id, 4, Service.APPLY, new Fact.Ended(List.of()));
        awaitState(id, "COMPLETED");
        assertThat(bus.order(id, 5).phase()).isEqualTo(Phase.IDLE);

        CompletableFuture<io.restassured.response.Response> deletion =
                CompletableFuture.supplyAsync(() -> call().delete("/api/v1/tasks/" + id));
        assertThat(bus.order(id, 6).phase()).isEqualTo(Phase.DELETE);
        report(id, 6, Service.CAPTURE, new Fact.Ended(List.of(new Leftover("slot", "in use", "SELECT 1"))));
        report(id, 6, Service.APPLY, new Fact.Ended(List.of()));
        deletion.join()
                .then()
                .statusCode(200)
                .body("leftovers", hasSize(1))
                .body("leftovers[0].sql", equalTo("SELECT 1"));
        Api.task(id).then().statusCode(404);
        bus.awaitTombstone(id);

        assertThat(bus.events(id, TaskEvent.Kind.DELETED))
                .extracting(TaskEvent::state)
                .containsExactly(
                        "STARTING",
                        "FULL_SYNC",
                        "INCREMENTAL_SYNC",
                        "PAUSED",
                        "INCREMENTAL_SYNC",
                        "STOPPING",
                        "COMPLETED",
                        "COMPLETED");
        assertThat(bus.seen())
                .isNotEmpty()
                .extracting(ConsumerRecord::value)
                .allSatisfy(value -> assertThat(String.valueOf(value)).doesNotContain("pw-3f9c1d7e"));
    }

    /** -1 while none is known. */
    private static long lag(TaskEvent event) {
        Vitals vitals = event.vitals();
        return vitals == null || vitals.lagMillis() == null ? -1 : vitals.lagMillis();
    }

    @Test
    void failuresAndRetriesAreToldToUsersAndAlerts() throws Exception {
        String id = started("fails", ", \"alerts\": {\"topic\": \"ops\"}");
        Instant now = Instant.now();
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADING));
        report(
                id,
                1,
                Service.APPLY,
                new Fact.Retrying(ErrorCode.CONNECTION_LOST, "the target is away", now, now.plusSeconds(600)));
        await().untilAsserted(() -> Api.task(id)
                .then()
                .body("state", equalTo("FULL_SYNC"))
                .body("retrying.code", equalTo("CONNECTION_LOST"))
                .body("retrying.until", notNullValue()));
        report(id, 1, Service.APPLY, new Fact.Recovered());
        await().untilAsserted(() -> Api.task(id).then().body("retrying", nullValue()));
        report(id, 1, Service.CAPTURE, new Fact.Failed(ErrorCode.SLOT_LOST, "the slot is gone"));
        awaitState(id, "FULL_SYNC_FAILED");
        assertThat(bus.order(id, 2).phase()).isEqualTo(Phase.PAUSE);
        Api.task(id).then().body("error.code", equalTo("SLOT_LOST")).body("error.detail", equalTo("the slot is gone"));
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        bus.putRaw(id, "no report");
        Api.action(id, "resume")
                .statusCode(202)
                .body("state", equalTo("FULL_SYNC"))
                .body("error", nullValue());
        report(id, 3, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        awaitState(id, "INCREMENTAL_SYNC");

        call().get("/api/v1/tasks/" + id + "/events").then().body("items.code", hasItem("SLOT_LOST"));
        List<TaskEvent> events = bus.events(id, 7);
        assertThat(events)
                .extracting(TaskEvent::health)
                .containsExactly(
                        Health.HEALTHY,
                        Health.HEALTHY,
                        Health.UNSURE,
                        Health.HEALTHY,
                        Health.ABNORMAL,
                        Health.HEALTHY,
                        Health.HEALTHY);
        assertThat(events).extracting(TaskEvent::alertTopic).containsOnly("ops");
        assertThat(events)
                .extracting(event -> Long.valueOf(event.id()))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void aDeletionDoesNotWaitForeverAndNamesWhatIsLeft() throws Exception {
        String id = started(
                "silent",
                ", \"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\", \"DDL\"]}");
        Api.call()
                .body("{\"force\": true}")
                .post("/api/v1/tasks/" + id + "/stop")
                .then()
                .statusCode(202)
                .body("state", equalTo("COMPLETED"));

        List<String> sql = call().delete("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .extract()
                .path("leftovers.sql");

        String slot = Topics.slot(id);
        assertThat(sql)
                .contains(
                        "SELECT pg_drop_replication_slot('" + slot + "')",
                        "DROP PUBLICATION IF EXISTS \"" + slot + "\"",
                        CleanUpSql.forgetTask(id))
                .anySatisfy(one -> assertThat(one)
                        .contains(
                                "DROP EVENT TRIGGER IF EXISTS \"" + slot + "_end\"",
                                "DROP FUNCTION IF EXISTS _sluice_ddl.\"" + slot + "\"()"));
        bus.awaitTombstone(id);
    }

    /** Whoever took the request has died; the services have answered meanwhile. */
    @Test
    void aDeletionThatWasCutOffIsFinishedByWhoeverAsksAgain() throws Exception {
        String id = started("cut", "");
        call().body("{\"force\": true}").post("/api/v1/tasks/" + id + "/stop");
        Api.put(id, "phase = 'DELETE', generation = 3, updated_at = now()");
        bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(id, 3, Service.APPLY, new Fact.Ended(List.of(new Leftover("table t", "in use", "DROP TABLE t"))));
        await().untilAsserted(() -> assertThat(Api.query(
                        "sluice",
                        "SELECT capture_ended IS NOT NULL AND apply_ended IS NOT NULL FROM task WHERE id = '" + id
                                + "'"))
                .containsExactly("t"));
        // Nothing finishes it by itself within the next hour.
        Api.put(id, "updated_at = now() + interval '1 hour'");

        call().delete("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .body("leftovers.sql", equalTo(List.of("DROP TABLE t")));

        bus.awaitTombstone(id);
        Api.task(id).then().statusCode(404);
    }

    @Test
    void whatKeepsATableFromBeingLoadedIsShownAsLongAsItDoes() throws Exception {
        String id = started("kept", "");
        String path = "tables.find { it.table == 'a' }.waitingFor";
        TableProgress waiting = new TableProgress(
                new TableName("public", "a"), TableState.WAITING, 100, 0, 0, 0, 0, 0, 0, null, "pid 7 (role r)");
        report(id, 1, Service.APPLY, new Fact.LoadProgress(List.of(waiting)));
        await().untilAsserted(() -> call().get("/api/v1/tasks/" + id + "/progress")
                .then()
                .body(path, equalTo("pid 7 (role r)"))
                .body("tables.find { it.table == 'b' }.waitingFor", nullValue()));
        report(id, 1, Service.APPLY, new Fact.LoadProgress(List.of(table("a", TableState.LOADING, 40))));
        await().untilAsserted(() ->
                call().get("/api/v1/tasks/" + id + "/progress").then().body(path, nullValue()));
    }

    @Test
    void aLoadOnlyTaskCompletesByItself() throws Exception {
        String id = started("once", ", \"mode\": \"FULL\"");
        report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADED));

        awaitState(id, "COMPLETED");
        assertThat(bus.order(id, 2).phase()).isEqualTo(Phase.STOP);
        report(id, 2, Service.APPLY, new Fact.Ended(List.of()));
        assertThat(bus.order(id, 3).phase()).isEqualTo(Phase.IDLE);
    }

    private static String started(String name, String more) throws Exception {
        Pair pair = Api.pair(
                "CREATE TABLE b (id int PRIMARY KEY)",
                "CREATE TABLE a (id int PRIMARY KEY)",
                "INSERT INTO a SELECT generate_series(1, 100)",
                "ANALYZE");
        String id = Api.created(pair.task(Api.name(name), more));
        Api.action(id, "start")
                .statusCode(202)
                .body("state", equalTo("STARTING"))
                .body("generation", equalTo(1))
                .body("startedAt", notNullValue());
        return id;
    }

    private static String open(TaskOrder order) {
        return new SecretSeal(TestServers.masterKey())
                .open(order.taskId(), order.spec().source().password())
                .reveal();
    }

    private static void report(String id, long generation, Service service, Fact fact) {
        bus.report(id, generation, service, fact);
    }

    private static TableProgress table(String name, TableState state, long rows) {
        return new TableProgress(new TableName("public", name), state, 100, rows, rows * 10);
    }

    private static void awaitState(String id, String state) {
        await().untilAsserted(() -> assertThat(Api.state(id)).isEqualTo(state));
    }
}
