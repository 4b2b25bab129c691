package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.contracts.Json;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changing, cloning and creating anew. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ChangeTaskIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Test
    void aMergePatchChangesWhatItNamesAndNullRestoresADefault() throws Exception {
        String id = Api.created(PAIR.task(
                Api.name("patched"),
                ", \"description\": \"old\", \"tags\": {\"env\": \"prod\", \"team\": \"a\"}, \"fullLoad\": {\"workers\":"
                        + " 8}"));
        String before = spec(id).source().password().text();

        String etag = Api.patch(id, "\"1\"", """
                {"description": "new", "tags": {"team": null, "owner": "b"}, "fullLoad": null,
                 "source": {"database": "other"}, "autoStopDays": 30}
                """)
                .statusCode(200)
                .body("description", equalTo("new"))
                .body("tags.env", equalTo("prod"))
                .body("tags.owner", equalTo("b"))
                .body("tags.team", nullValue())
                .body("fullLoad.workers", equalTo(4))
                .body("source.database", equalTo("other"))
                .body("autoStopDays", equalTo(30))
                .body("version", equalTo(2))
                .extract()
                .header("ETag");

        assertThat(etag).isEqualTo("\"2\"");
        assertThat(Api.task(id).header("ETag")).isEqualTo("\"2\"");
        assertThat(password(id)).isEqualTo(TestServers.PASSWORD);
        assertThat(before).isNotEqualTo(spec(id).source().password().text());
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items.detail", hasItem(containsString("source.database")));
    }

    @Test
    void aStoredPasswordIsNotSentToAnotherServer() throws Exception {
        String id = Api.created(PAIR.task(Api.name("elsewhere")));

        for (String elsewhere : List.of(
                "{\"source\": {\"host\": \"elsewhere\"}}",
                "{\"target\": {\"port\": 1}}",
                "{\"source\": {\"username\": \"another\"}}")) {
            Api.patch(id, "\"1\"", elsewhere)
                    .statusCode(400)
                    .body("violations[0].field", containsString(".password"))
                    .body("detail", containsString("given again"));
        }
        Api.patch(id, "\"1\"", "{\"source\": {\"host\": \"elsewhere\", \"password\": \"another\"}}")
                .statusCode(200);

        assertThat(password(id)).isEqualTo("another");
    }

    @Test
    void aStoredPasswordIsNotSentLessProtected() throws Exception {
        String id = Api.created(PAIR.task(Api.name("tls")).replace("DISABLE", "VERIFY_FULL"));

        for (String lower : List.of("VERIFY_CA", "REQUIRE", "DISABLE")) {
            Api.patch(id, "*", "{\"target\": {\"tls\": {\"mode\": \"" + lower + "\"}}}")
                    .statusCode(400)
                    .body("violations[0].field", equalTo("target.password"))
                    .body("detail", containsString("lowered from VERIFY_FULL to " + lower));
        }
        String authority = new CertificateAuthority("tests").certificate().replace("\n", "\\n");
        Api.patch(id, "*", "{\"source\": {\"tls\": {\"caCertificate\": \"" + authority + "\"}}}")
                .statusCode(400)
                .body("detail", containsString("tls.caCertificate"));
        Api.patch(id, "*", "{\"target\": {\"tls\": {\"mode\": \"REQUIRE\"}, \"password\": \"again\"}}")
                .statusCode(200);
        Api.patch(id, "*", "{\"target\": {\"tls\": {\"mode\": \"VERIFY_FULL\"}}}")
                .statusCode(200);
        assertThat(password(id)).isEqualTo(TestServers.PASSWORD);
    }

    @Test
    void aCertificateThatHasExpiredInUseKeepsNobodyFromOtherChanges() throws Exception {
        CertificateAuthority authority = new CertificateAuthority("tests");
        CertificateAuthority.Issued client = authority.issue(
                "client", CertificateAuthority.ecKeys(), Instant.now().plusSeconds(5));
        String tls = "{\"mode\": \"REQUIRE\", \"clientCertificate\": \""
                + client.certificate().replace("\n", "\\n") + "\", \"clientKey\": \""
                + client.key().replace("\n", "\\n") + "\"}";
        String id = Api.created(PAIR.task(Api.name("expiring")));
        Api.patch(id, "*", "{\"source\": {\"tls\": " + tls + "}}").statusCode(200);
        await("the certificate has expired")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> Api.patch(id, "*", "{\"source\": {\"tls\": " + tls + "}}")
                        .statusCode(400)
                        .body("detail", containsString("has expired")));

        Api.patch(id, "*", "{\"autoStopDays\": 100}").statusCode(200);
        Api.patch(id, "*", "{\"source\": {\"password\": \"another\"}}").statusCode(200);
    }

    @Test
    void aChangeThatChangesNothingKeepsTheETag() {
        String id = Api.created(PAIR.task(Api.name("same")));

        Api.patch(id, "\"1\"", "{\"fullLoad\": {\"workers\": 4}, \"tags\": {}}").statusCode(200);
        Api.patch(id, "\"1\"", "{}").statusCode(200);

        assertThat(Api.task(id).header("ETag")).isEqualTo("\"1\"");
    }

    @Test
    void onlyWhoHasSeenTheNewestChangesIt() {
        String id = Api.created(PAIR.task(Api.name("condition")));

        call().contentType("application/merge-patch+json")
                .body("{\"description\": \"a\"}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(428)
                .body("code", equalTo("PRECONDITION_REQUIRED"));
        for (String stale : List.of("\"0\"", "\"2\"", "W/\"1\"", "1", "x")) {
            Api.patch(id, stale, "{\"description\": \"a\"}")
                    .statusCode(412)
                    .body("code", equalTo("PRECONDITION_FAILED"))
                    .body("detail", containsString("\"1\""));
        }
        Api.patch(id, "\"7\", \"1\"", "{\"description\": \"a\"}").statusCode(200);
        Api.patch(id, "*", "{\"description\": \"b\"}").statusCode(200).body("version", equalTo(3));
    }

    @Test
    void ofManyChangesFromOneVersionOneWins() throws Exception {
        String id = Api.created(PAIR.task(Api.name("race")));

        List<Integer> statuses = together(
                12,
                number -> Api.patch(id, "\"1\"", "{\"description\": \"number " + number + "\"}")
                        .extract()
                        .statusCode());

        assertThat(statuses).containsOnly(200, 412).containsOnlyOnce(200);
        assertThat(Api.task(id).header("ETag")).isEqualTo("\"2\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"nam": "x"}                        | 400 | UNKNOWN_FIELD     | nam
        {"source": {"tls": {"modes": 1}}}   | 400 | UNKNOWN_FIELD     | source.tls.modes
        {"source": {"port": "5432"}}        | 400 | VALIDATION_FAILED | source.port
        {"name": null}                      | 400 | VALIDATION_FAILED | name
        {"name": "x"}                       | 400 | VALIDATION_FAILED | name
        {"source": {"password": null}}      | 400 | VALIDATION_FAILED | source.password
        {"source": null}                    | 400 | VALIDATION_FAILED | source
        {"objects": null}                   | 400 | VALIDATION_FAILED | objects.include
        {"retry": {"otherMinutes": 800}}    | 400 | VALIDATION_FAILED | retry.otherMinutes
        {"id": "other"}                     | 400 | UNKNOWN_FIELD     | id
        {"state": "COMPLETED"}              | 400 | UNKNOWN_FIELD     | state
        """)
    void aChangeKeepsTheRulesOfACreation(String body, int status, String code, String field) {
        String id = Api.created(PAIR.task(Api.name("rules")));

        Api.patch(id, "\"1\"", body)
                .statusCode(status)
                .body("code", equalTo(code))
                .body("violations[0].field", equalTo(field));
        assertThat(Api.task(id).header("ETag")).isEqualTo("\"1\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"name":
        []
        null
        "x"
        ``
        {"name": "abcd"} {}
        """)
    void whatIsNoObjectIsMalformed(String body) {
        String id = Api.created(PAIR.task(Api.name("malformed")));

        Api.patch(id, "\"1\"", body == null ? "" : body).statusCode(400).body("code", equalTo("MALFORMED_REQUEST"));
    }

    @Test
    void theNameOfAnotherTaskIsTaken() {
        String taken = Api.name("taken");
        Api.created(PAIR.task(taken));
        String name = Api.name("renamed");
        String id = Api.created(PAIR.task(name));

        Api.patch(id, "*", "{\"name\": \"" + taken.toUpperCase(java.util.Locale.ROOT) + "\"}")
                .statusCode(409)
                .body("code", equalTo("TASK_NAME_TAKEN"));
        Api.patch(id, "*", "{\"name\": \"" + name.toUpperCase(java.util.Locale.ROOT) + "\"}")
                .statusCode(200);
    }

    @Test
    void aStartedTaskTakesSomeChangesAndRefusesTheOthersByName() throws Exception {
        String id = Api.created(PAIR.task(Api.name("running")));
        Api.execute(
                "sluice",
                "UPDATE task SET state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 5 WHERE id = '" + id + "'");

        Api.patch(id, "\"1\"", """
                {"name": "other-name", "source": {"host": "elsewhere", "password": "new"}, "changes": {"lanes": 2},
                 "description": "x"}
                """)
                .statusCode(409)
                .body("code", equalTo("TASK_STATE"))
                .body("violations.field", equalTo(List.of("changes.lanes", "name", "source.host")))
                .body("detail", containsString("INCREMENTAL_SYNC"));
        Api.patch(
                        id,
                        "\"1\"",
                        "{\"description\": \"x\", \"tags\": {\"a\": \"b\"}, \"autoStopDays\": 20,"
                                + " \"alerts\": {\"topic\": \"ops\"}}")
                .statusCode(200)
                .body("generation", equalTo(5));
        Api.patch(id, "\"2\"", "{\"target\": {\"password\": \"pw-new-target\"}}")
                .statusCode(200)
                .body("generation", equalTo(6))
                .body("state", equalTo("INCREMENTAL_SYNC"));
        Api.patch(
                        id,
                        "\"3\"",
                        "{\"fullLoad\": {\"maxRowsPerSecond\": 5}, \"retry\": {\"otherMinutes\": 3},"
                                + " \"changes\": {\"tableError\": \"SUSPEND_TABLE\"}}")
                .statusCode(200)
                .body("generation", equalTo(7))
                .body("changes.tableError", equalTo("SUSPEND_TABLE"));
        assertThat(new SecretSeal(TestServers.masterKey())
                        .open(id, spec(id).target().password())
                        .reveal())
                .isEqualTo("pw-new-target");
        assertThat(password(id)).isEqualTo(TestServers.PASSWORD);
    }

    @Test
    void aCloneHasEverythingButTheNameAndTheCredentials() {
        String id = Api.created(PAIR.task(
                Api.name("original"),
                ", \"description\": \"kept\", \"fullLoad\": {\"workers\": 9}, \"mode\": \"FULL\""));
        String name = Api.name("clone");

        clone(id, "{}")
                .statusCode(400)
                .body("violations.field", equalTo(List.of("name", "source.password", "target.password")));
        clone(id, """
                {"name": "%s", "source": {"password": "pw-a"}, "target": {"password": "pw-b", "database": "other"}}
                """.formatted(name))
                .statusCode(201)
                .body("name", equalTo(name))
                .body("id", not(equalTo(id)))
                .body("description", equalTo("kept"))
                .body("fullLoad.workers", equalTo(9))
                .body("mode", equalTo("FULL"))
                .body("source.database", equalTo("no_source"))
                .body("target.database", equalTo("other"))
                .body("version", equalTo(1));
        clone("unknown", "{}").statusCode(404).body("code", equalTo("TASK_NOT_FOUND"));
        clone(" ", "{}").statusCode(400).body("violations[0].field", equalTo("from"));
    }

    @Test
    void aRepeatedCreationCreatesNothingTwice() throws Exception {
        String key = Api.name("key");
        String body = PAIR.task(Api.name("once"));

        List<String> locations =
                together(8, number -> keyed(key, body).statusCode(201).extract().header("Location"));

        assertThat(locations.stream().distinct()).hasSize(1);
        String id = locations.getFirst().substring(locations.getFirst().lastIndexOf('/') + 1);
        Api.patch(id, "*", "{\"name\": \"" + Api.name("renamed") + "\"}").statusCode(200);
        keyed(key, body).statusCode(201).body("id", equalTo(id)).body("version", equalTo(1));
        keyed(key, PAIR.task(Api.name("another"))).statusCode(422).body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));
        keyed("no blanks", body).statusCode(400).body("violations[0].field", equalTo("Idempotency-Key"));
        assertThat(String.join("\n", Api.query("sluice", "SELECT request || answer FROM idempotency_key")))
                .contains("v2:")
                .doesNotContain(TestServers.PASSWORD);

        Api.execute(
                "sluice",
                "UPDATE idempotency_key SET created = created - interval '25 hours' WHERE key = '" + key + "'");
        keyed(key, PAIR.task(Api.name("a-day-later"))).statusCode(201).body("id", not(equalTo(id)));
    }

    private static ValidatableResponse clone(String from, String body) {
        return call().queryParam("from", from).body(body).post("/api/v1/tasks").then();
    }

    private static ValidatableResponse keyed(String key, String body) {
        return call().header("Idempotency-Key", key)
                .body(body)
                .post("/api/v1/tasks")
                .then();
    }

    private static TaskSpec spec(String id) throws Exception {
        return Json.read(
                Api.query("sluice", "SELECT spec FROM task WHERE id = '" + id + "'")
                        .getFirst(),
                TaskSpec.class);
    }

    private static String password(String id) throws Exception {
        return new SecretSeal(TestServers.masterKey())
                .open(id, spec(id).source().password())
                .reveal();
    }
}
