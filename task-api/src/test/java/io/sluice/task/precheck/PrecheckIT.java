package io.sluice.task.precheck;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static io.sluice.task.precheck.Prechecks.GOOD_TABLE;
import static io.sluice.task.precheck.Prechecks.item;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.in;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prechecks as users run, read and confirm them, and what a start makes of them. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class PrecheckIT {

    @Inject
    PrecheckStore store;

    @Test
    void everythingIsFineAndTheTaskStarts() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String id = Api.created(pair.task(Api.name("fine")));

        JsonPath precheck = Api.precheck(id);

        assertThat(precheck.getString("state")).isEqualTo("PASSED");
        assertThat(precheck.getInt("progressPercent")).isEqualTo(100);
        assertThat(precheck.getInt("passRatePercent")).isEqualTo(100);
        assertThat(precheck.getString("finishedAt")).isNotNull();
        assertThat(precheck.getBoolean("outdated")).isFalse();
        assertThat(precheck.getList("items.result")).containsOnly("PASSED");
        assertThat(precheck.getList("items.key")).contains("source-connection", "wal-level", "selection");
        assertThat(item(precheck, "target-space"))
                .containsEntry("result", "PASSED")
                .extractingByKey("reason")
                .asString()
                .contains("take 1 MiB on the source");
        assertThat(precheck.prettify()).doesNotContain("pw-3f9c1d7e");
        Api.action(id, "start").statusCode(202).body("state", equalTo("STARTING"));
        Api.action(id, "prechecks").statusCode(409).body("code", equalTo("TASK_STATE"));
        String last = precheck.getString("finishedAt");
        assertThat(Api.awaitPrecheck(id).getString("finishedAt"))
                .as("the start relied on it")
                .isEqualTo(last);
    }

    @Test
    void itsProgressIsSeenWhileAServerKeepsItWaiting() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String id = Api.created(pair.task(
                Api.name("waits"), ", \"transforms\": [{\"table\": \"public.good\", \"expression\": \"row.id > 1\"}]"));
        try (Connection locker = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + Api.port() + "/" + pair.source(),
                        "postgres",
                        TestServers.PASSWORD);
                Statement session = locker.createStatement()) {
            locker.setAutoCommit(false);
            session.execute("LOCK TABLE good IN ACCESS EXCLUSIVE MODE");
            Api.action(id, "prechecks").statusCode(202).body("state", equalTo("RUNNING"));

            JsonPath running = await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> call().get("/api/v1/tasks/" + id + "/prechecks/latest")
                                    .jsonPath(),
                            precheck -> precheck.getInt("progressPercent") > 50);
            assertThat(running.getString("state")).isEqualTo("RUNNING");
            assertThat(running.getInt("progressPercent")).isLessThan(100);
            assertThat(running.getList("items.key"))
                    .contains("source-connection")
                    .doesNotContain("transforms");
            locker.rollback();
        }
        JsonPath ended = Api.awaitPrecheck(id);
        assertThat(ended.getInt("progressPercent")).isEqualTo(100);
        assertThat(ended.getList("items.key")).contains("transforms");
    }

    /** The task may go at any moment of the request. */
    @Test
    void aPrecheckOfATaskThatIsBeingDeletedIsRefused() throws Exception {
        Pair pair = Api.pair(GOOD_TABLE);
        for (int round = 0; round < 15; round++) {
            String id = Api.created(pair.task(Api.name("going")));
            List<Response> answers = together(
                    4,
                    caller -> caller == 0
                            ? call().delete("/api/v1/tasks/" + id)
                            : call().post("/api/v1/tasks/" + id + "/prechecks"));

            answers.getFirst().then().statusCode(204);
            for (Response answer : answers.subList(1, 4)) {
                assertThat(answer.statusCode()).as(answer.asString()).isIn(202, 404, 409);
                if (answer.statusCode() != 202) {
                    answer.then().body("code", in(List.of("TASK_NOT_FOUND", "PRECHECK_RUNNING")));
                }
            }
            Api.action(id, "prechecks").statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
        }

        String id = Api.created(pair.task(Api.name("waiting")));
        Api.put(id, "phase = 'DELETE', generation = 1, updated_at = now()");
        Api.action(id, "prechecks")
                .statusCode(409)
                .body("code", equalTo("TASK_STATE"))
                .body("detail", containsString("being deleted"));
        call().delete("/api/v1/tasks/" + id).then().statusCode(200);
    }

    @Test
    void whatFailsIsNamedWithItsObjectsAndAFix() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "CREATE TABLE keyless (v text)");
        String id = Api.created(pair.task(Api.name("failing")));

        JsonPath precheck = Api.precheck(id);

        assertThat(precheck.getString("state")).isEqualTo("FAILED");
        Map<String, Object> keys = item(precheck, "table-keys");
        assertThat(keys)
                .containsEntry("result", "FAILED")
                .containsEntry("group", "TABLES")
                .containsEntry("objects", List.of("public.keyless"))
                .containsEntry("objectCount", 1)
                .containsEntry("confirmed", false);
        assertThat((String) keys.get("fix")).contains("ALTER TABLE \"public\".\"keyless\" REPLICA IDENTITY FULL");
        assertThat(precheck.getInt("passRatePercent")).isBetween(50, 99);
        Api.confirm(id, List.of("table-keys"))
                .statusCode(400)
                .body("violations[0].field", equalTo("items[0]"))
                .body("detail", containsString("table-keys"));
        Api.confirm(id, List.of("wal-level")).statusCode(400).body("detail", containsString("has passed"));
        Api.confirm(id, List.of("no-such-key")).statusCode(400).body("detail", containsString("no-such-key"));
        Api.confirm(id, List.of()).statusCode(400).body("violations[0].field", equalTo("items"));

        Api.action(id, "start").statusCode(422).body("violations.code", hasItem("TABLE_WITHOUT_KEY"));

        Api.execute(pair.source(), "ALTER TABLE keyless ADD COLUMN id int PRIMARY KEY");
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aWarningThatHasComeSinceIsToBeConfirmedFirst() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String id = Api.created(pair.task(Api.name("warned")));
        assertThat(Api.precheck(id).getString("state")).isEqualTo("PASSED");

        Api.execute("postgres", "ALTER DATABASE " + pair.source() + " SET wal_sender_timeout = '5s'");

        String key = Api.action(id, "start")
                .statusCode(409)
                .body("code", equalTo("PRECHECK_UNCONFIRMED"))
                .extract()
                .path("violations[0].field");
        Api.confirm(id, List.of(key)).statusCode(202);
        Api.action(id, "start").statusCode(202);
    }

    /** Also what was fine a moment ago. */
    @Test
    void aRightThatWasTakenAwaySinceKeepsTheTaskFromStarting() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String user = pair.source().replace("source", "owner");
        Api.execute(
                "postgres",
                "CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'".formatted(user, TestServers.PASSWORD),
                "GRANT pg_read_all_stats TO " + user,
                "GRANT CREATE ON DATABASE " + pair.source() + " TO " + user);
        Api.execute(pair.source(), "ALTER TABLE good OWNER TO " + user);
        String source = pair.sourceEndpoint();
        String id = Api.created(
                pair.task(Api.name("revoked")).replace(source, source.replace("\"postgres\"", "\"" + user + "\"")));
        assertThat(Api.precheck(id).getString("state")).isEqualTo("PASSED");

        Api.execute("postgres", "ALTER ROLE " + user + " NOREPLICATION");

        Api.action(id, "start").statusCode(422).body("violations.code", hasItem("PRIVILEGE_MISSING"));
        Api.execute("postgres", "ALTER ROLE " + user + " REPLICATION");
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aConfirmationIsOfTheRunThatWasRead() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE images (id int PRIMARY KEY, image oid)");
        String id = Api.created(pair.task(Api.name("reread")));
        Api.precheck(id);
        String read = Api.query("sluice", "SELECT run FROM precheck WHERE task_id = '" + id + "'")
                .getFirst();
        Api.precheck(id);

        assertThat(store.confirm(read, List.of("large-objects"))).isFalse();
        Api.action(id, "start").statusCode(409);
        Api.confirm(id, List.of("large-objects")).statusCode(202);
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void whatDependsOnAnUnreachableDatabaseSaysSo() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String id = Api.created(
                pair.task(Api.name("away")).replace(Api.endpoint(pair.source()), Api.endpoint("no_such_database")));

        JsonPath precheck = Api.precheck(id);

        assertThat(item(precheck, "source-connection").get("result")).isEqualTo("FAILED");
        assertThat(item(precheck, "target-connection").get("result")).isEqualTo("PASSED");
        for (String key : List.of("wal-level", "selection", "target-tables")) {
            assertThat(item(precheck, key)).containsEntry("result", "FAILED");
            assertThat((String) item(precheck, key).get("reason")).contains("source-connection");
        }
        assertThat(item(precheck, "target-triggers")).containsEntry("result", "PASSED");
    }

    @Test
    void withoutOneThereIsNothingToReadOrConfirm() {
        String id = Api.created(new Pair("no_source", "no_target").task(Api.name("none")));

        call().get("/api/v1/tasks/" + id + "/prechecks/latest")
                .then()
                .statusCode(404)
                .body("code", equalTo("PRECHECK_NOT_FOUND"));
        Api.confirm(id, List.of("x")).statusCode(404).body("code", equalTo("PRECHECK_NOT_FOUND"));
        call().get("/api/v1/tasks/unknown/prechecks/latest")
                .then()
                .statusCode(404)
                .body("code", equalTo("TASK_NOT_FOUND"));
        Api.action("unknown", "prechecks").statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
    }

    @Test
    void aRunWhoseServiceDiedIsShownAsFailedAndCanBeRepeated() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String id = Api.created(pair.task(Api.name("orphan")));
        Api.execute(
                "sluice",
                "INSERT INTO precheck (task_id, run, fingerprint, total) VALUES ('" + id + "', '" + id + "', '', 20)");
        Api.action(id, "prechecks").statusCode(409).body("code", equalTo("PRECHECK_RUNNING"));
        Api.action(id, "start").statusCode(409).body("code", equalTo("PRECHECK_RUNNING"));
        Api.confirm(id, List.of("x")).statusCode(409).body("code", equalTo("PRECHECK_RUNNING"));

        Api.execute("sluice", "UPDATE precheck SET seen_at = now() - interval '1 min' WHERE task_id = '" + id + "'");

        call().get("/api/v1/tasks/" + id + "/prechecks/latest")
                .then()
                .body("state", equalTo("FAILED"))
                .body("problem", containsString("run it again"));
        assertThat(Api.precheck(id).getString("state")).isEqualTo("PASSED");
    }
}
