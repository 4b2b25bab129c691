package io.sluice.task.precheck;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes another precheck necessary, and what does not. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ConfirmationsKeptIT {

    private static final List<String> WARNINGS = List.of("large-objects");
    private static final String PASSWORDS = """
            {"source": {"password": "%1$s"}, "target": {"password": "%1$s"}}""".formatted(TestServers.PASSWORD);

    @Inject
    PrecheckTasks tasks;

    @Inject
    PrecheckStore store;

    @Inject
    PrecheckRuns runs;

    private Pair pair = new Pair("", "");
    private String id = "";

    @BeforeEach
    void aTaskWithAWarning() throws SQLException {
        pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY, image oid)");
        id = Api.created(pair.task(Api.name("kept")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"description": "later", "tags": {"env": "test"}, "autoStopDays": 20,
                 "fullLoad": {"workers": 2, "maxRowsPerSecond": 1000, "windows": [{"from": "22:00", "to": "06:00"}]},
                 "incremental": {"maxBytesPerSecond": 1000000}, "retry": {"connectionMinutes": 30},
                 "alerts": {"topic": "ops", "lagThresholdSeconds": 5}}""", ""})
    void aPlannedStartDoesNotFailSinceALimitAnAlertOrAPasswordHasChanged(String patch) {
        confirmed();
        call().body("{\"at\": \"" + Instant.now().plusSeconds(3600) + "\"}")
                .post("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(202);

        patch(patch.isEmpty() ? PASSWORDS : patch);

        assertThat(Api.awaitPrecheck(id).getBoolean("outdated")).isFalse();
        call().delete("/api/v1/tasks/" + id + "/start").then().statusCode(202);
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aTaskThatWillDoSomethingElseIsLookedAtAgain() {
        confirmed();

        patch("{\"structure\": {\"existingTable\": \"TRUNCATE\"}}");

        assertThat(Api.awaitPrecheck(id).getBoolean("outdated")).isTrue();
        Api.action(id, "start").statusCode(409).body("code", equalTo("PRECHECK_UNCONFIRMED"));
    }

    /** As when two instances look at one planned start. */
    @Test
    void aLookThatComesTooLateIsNotTheLatestPrecheckOfATaskThatRuns() throws SQLException {
        confirmed();
        PrecheckService late =
                new PrecheckService(new ChangedMeanwhile(tasks, this::startAndMakeTheTable), store, runs);

        assertThatThrownBy(() -> late.admit(id))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_STATE));

        JsonPath latest = Api.awaitPrecheck(id);
        assertThat(latest.getString("state")).isEqualTo("WARNING");
        assertThat(Api.state(id)).isEqualTo("STARTING");
    }

    private void confirmed() {
        assertThat(Api.precheck(id).getList("items.findAll { it.result == 'WARNING' }.key"))
                .isEqualTo(WARNINGS);
        Api.confirm(id, WARNINGS).statusCode(202);
    }

    private void patch(String body) {
        call().header("If-Match", "*")
                .body(body)
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(200);
    }

    /** Another one does, and has made its table. */
    private void startAndMakeTheTable() {
        Api.action(id, "start").statusCode(202);
        try {
            Api.execute(pair.target(), "CREATE TABLE a (id int PRIMARY KEY, image oid)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
