package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of the tables of a running task, and what the services are told. The test plays capture and apply. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class RunningTablesIT extends BusScenario {

    private static final TableName A = new TableName("public", "a");
    private static final TableName B = new TableName("public", "b");
    private static final TableName C = new TableName("public", "c");

    @Test
    void whatIsAddedReloadedAndRemovedIsInTheOrders() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("edited")));
        objects(id, "{\"remove\": [{\"schema\": \"public\", \"table\": \"a\"}]}")
                .statusCode(409)
                .body("code", equalTo("TASK_STATE"));
        Api.action(id, "start").statusCode(202);
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.LOADED));
        done(id, 1, A, B);
        bus.report(id, 1, Service.APPLY, new Fact.StepReached(Step.APPLYING));
        await().untilAsserted(() -> assertThat(Api.state(id)).isEqualTo("INCREMENTAL_SYNC"));

        Api.execute(
                pair.source(),
                "CREATE TABLE c (id int PRIMARY KEY)",
                "CREATE TABLE d (n int)",
                "CREATE TABLE e (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE e (id int PRIMARY KEY)");
        refused(id);

        objects(id, "{\"add\": [{\"schema\": \"public\", \"table\": \"c\", \"targetTable\": \"c_new\"}]}")
                .statusCode(202)
                .body("state", equalTo("INCREMENTAL_SYNC"))
                .body("version", equalTo(2))
                .body("objects.include.targetTable", hasItem("c_new"));
        TaskOrder added = bus.order(id, 2);
        assertThat(added.phase()).isEqualTo(Phase.RUN);
        assertThat(added.tables()).containsExactly(A, B, C);
        assertThat(added.selection()).isEqualTo(2);
        assertThat(added.loads()).containsExactly(new LoadRequest(C, 2, 2));
        // Of an older order: apply did not know of the table then.
        done(id, 1, C);
        reload(id, "public.c").statusCode(409).body("code", equalTo("TABLE_LOADING"));
        assertThat(state(id, C)).isEqualTo("WAITING");

        done(id, 2, A, C);
        await().untilAsserted(() -> assertThat(state(id, C)).isEqualTo("DONE"));
        assertThat(history(id)).contains("TABLE_LOADED", "public.c loaded, and in step", "objects: add public.c");
        reload(id, "public.x").statusCode(404).body("code", equalTo("TABLE_NOT_IN_TASK"));
        reload(id, "public.c").statusCode(202);
        reload(id, "public.c").statusCode(409).body("code", equalTo("TABLE_LOADING"));
        reload(id, "public.a").statusCode(202);
        assertThat(bus.order(id, 3).loads()).containsExactly(new LoadRequest(C, 3, 2));
        TaskOrder both = bus.order(id, 4);
        assertThat(both.loads()).containsExactly(new LoadRequest(A, 4, 0), new LoadRequest(C, 3, 2));
        assertThat(both.selection()).isEqualTo(2);

        objects(id, "{\"remove\": [{\"schema\": \"public\", \"table\": \"c\"}, {\"schema\": \"*\", \"table\": \"b\"}]}")
                .statusCode(202)
                .body("objects.include.table", equalTo(List.of("*")))
                .body("objects.exclude.table", hasItems("b", "c"));
        TaskOrder fewer = bus.order(id, 5);
        assertThat(fewer.tables()).containsExactly(A);
        assertThat(fewer.selection()).isEqualTo(5);
        assertThat(fewer.loads()).containsExactly(new LoadRequest(A, 4, 0));
        // A late word about a table that is gone does not bring it back.
        done(id, 5, A, C);
        await().untilAsserted(() -> assertThat(state(id, A)).isEqualTo("DONE"));
        assertThat(call().get("/api/v1/tasks/" + id + "/progress").jsonPath().getList("tables.table"))
                .isEqualTo(List.of("a"));

        isShownWhileItIsSuspended(id);

        objects(id, "{\"add\": [{\"schema\": \"public\", \"table\": \"c\"}]}").statusCode(202);
        assertThat(bus.order(id, 6).loads()).containsExactly(new LoadRequest(A, 4, 0), new LoadRequest(C, 6, 6));
    }

    private static void isShownWhileItIsSuspended(String id) {
        Fact.Suspension why = new Fact.Suspension(
                ErrorCode.SCHEMA_CHANGED, "no such column", "ALTER TABLE a …", "0/10", 7, 2, Instant.EPOCH, 12);
        for (int time = 1; time <= 2; time++) {
            bus.report(
                    id,
                    5,
                    Service.APPLY,
                    new Fact.LoadProgress(List.of(new TableProgress(
                            A,
                            TableState.SUSPENDED,
                            1,
                            1,
                            10,
                            0,
                            99,
                            0,
                            0,
                            "SCHEMA_CHANGED: no such column",
                            null,
                            why))));
        }
        await().untilAsserted(() -> assertThat(state(id, A)).isEqualTo("SUSPENDED"));
        call().get("/api/v1/tasks/" + id + "/progress")
                .then()
                .body("tables[0].suspension.code", equalTo("SCHEMA_CHANGED"))
                .body("tables[0].suspension.statement", equalTo("ALTER TABLE a …"))
                .body("tables[0].suspension.position.order", equalTo(2))
                .body("tables[0].suspension.since", equalTo("1970-01-01T00:00:00Z"))
                .body("tables[0].suspension.exception", equalTo(12));
        call().body("{}")
                .post("/api/v1/tasks/" + id + "/cutover")
                .then()
                .statusCode(409)
                .body("code", equalTo("TABLE_SUSPENDED"));
        done(id, 5, A);
        await().untilAsserted(() -> assertThat(state(id, A)).isEqualTo("DONE"));
        assertThat(history(id)).containsOnlyOnce("table public.a is suspended: no such column");
    }

    private static void refused(String id) {
        objects(id, "{}").statusCode(400).body("violations.field", hasItem("add"));
        objects(id, "{\"add\": [{\"schema\": \"public\", \"table\": \"a\"}, {\"schema\": \"\"}], \"remove\": [null]}")
                .statusCode(400)
                .body("violations.field", hasItems("add[1].schema", "add[1].table", "remove[0]"));
        objects(
                        id,
                        "{\"add\": [{\"schema\": \"public\", \"table\": \"a\"}], \"remove\": [{\"schema\": \"x\", \"table\": \"y\"}]}")
                .statusCode(400)
                .body("violations.field", hasItems("add[0]", "remove[0]"));
        objects(id, "{\"remove\": [{\"schema\": \"public\", \"table\": \"*\"}]}")
                .statusCode(400)
                .body("violations.message", hasItem(containsString("must leave the task a table")));
        objects(id, "{\"add\": [{\"schema\": \"public\", \"table\": \"*\", \"targetSchema\": \"else\"}]}")
                .statusCode(400)
                .body("violations.message", hasItem(containsString("tables that the task has already")));
        objects(
                        id,
                        "{\"add\": [{\"schema\": \"public\", \"table\": \"d\"}, {\"schema\": \"public\", \"table\": \"e\"},"
                                + " {\"schema\": \"public\", \"table\": \"f\"}]}")
                .statusCode(422)
                .body("violations.code", hasItems("TABLE_WITHOUT_KEY", "TARGET_TABLE_EXISTS", "NOTHING_SELECTED"))
                .body("violations.field", hasItem("add[2]"));
        objects(id, "{\"add\": [{\"schema\": \"public\", \"table\": \"c\", \"targetTable\": \"a\"}]}")
                .statusCode(422);
        assertThat(Api.task(id).jsonPath().getLong("version")).isEqualTo(1);
    }

    private static ValidatableResponse objects(String id, String body) {
        return call().body(body).post("/api/v1/tasks/" + id + "/objects").then();
    }

    private static ValidatableResponse reload(String id, String table) {
        return call().post("/api/v1/tasks/" + id + "/tables/" + table + "/reload")
                .then();
    }

    private static void done(String id, long generation, TableName... tables) {
        bus.report(
                id,
                generation,
                Service.APPLY,
                new Fact.LoadProgress(List.of(tables).stream()
                        .map(table -> new TableProgress(table, TableState.DONE, 1, 1, 10))
                        .toList()));
    }

    private static String state(String id, TableName table) {
        return call().get("/api/v1/tasks/" + id + "/progress")
                .jsonPath()
                .getString("tables.find { it.table == '" + table.table() + "' }.state");
    }

    private static String history(String id) {
        return call().get("/api/v1/tasks/" + id + "/events?limit=200").asString();
    }
}
