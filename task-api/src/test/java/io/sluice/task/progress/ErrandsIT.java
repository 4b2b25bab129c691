package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is done for a task beside its run: asked for over REST, given to the services, told to users. The test plays apply. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ErrandsIT extends ErrandScenario {

    @Test
    void aComparisonThatIsAskedForOnceMoreWithItsKeyIsTheSame() throws Exception {
        Task task = streaming();
        String key = Api.name("compare");
        for (int time = 0; time < 2; time++) {
            call().header("Idempotency-Key", key)
                    .body("{\"kind\": \"CONTENT\"}")
                    .post(task.path("comparisons"))
                    .then()
                    .statusCode(201)
                    .header("Location", containsString("/comparisons/1"))
                    .body("number", equalTo(1));
        }
        call().header("Idempotency-Key", key)
                .body("{\"kind\": \"OBJECTS\"}")
                .post(task.path("comparisons"))
                .then()
                .statusCode(422)
                .body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));
        task.get("comparisons").body("items", hasSize(1));
    }

    @Test
    void aComparisonGoesOutWithoutAnotherGenerationAndItsResultComesBack() throws Exception {
        Task task = streaming();
        task.post("comparisons", "{}").statusCode(400).body("violations[0].field", equalTo("kind"));
        task.post("comparisons", "{\"kind\": \"CONTENT\", \"tables\": [\"public.none\"], \"workers\": 99}")
                .statusCode(400)
                .body("violations.field", equalTo(List.of("workers", "tables")));
        task.get("comparisons/1").statusCode(404).body("code", equalTo("COMPARISON_NOT_FOUND"));
        task.post("comparisons", "{\"kind\": \"CONTENT\", \"tables\": [\"public.a\"], \"maxRowsPerSecond\": 1000}")
                .statusCode(201)
                .header("Location", containsString("/comparisons/1"))
                .body("number", equalTo(1))
                .body("state", equalTo("REQUESTED"))
                .body("result", nullValue());
        await().until(
                        task::errands,
                        List.<Errand>of(new Errand.Comparison(1, ComparisonKind.CONTENT, List.of(TABLE), 2, 1000L))
                                ::equals);
        assertThat(Api.query("sluice", "SELECT generation FROM task WHERE id = '" + task.id() + "'"))
                .containsExactly("1");
        task.post("comparisons", "{\"kind\": \"CONTENT\"}").statusCode(409).body("code", equalTo("COMPARISON_RUNNING"));

        task.report(new Fact.ComparisonProgress(1, List.of(result(State.READING, 0))));
        await().untilAsserted(() -> task.get("comparisons/1").body("state", equalTo("RUNNING")));
        task.report(new Fact.ComparisonProgress(1, List.of(result(State.DIFFERENT, 1))));
        keepRows(task);
        task.report(new Fact.ComparisonEnded(1, null, null));
        await().untilAsserted(() -> task.get("comparisons/1")
                .body("state", equalTo("COMPLETED"))
                .body("result", equalTo("DIFFERENT"))
                .body("tables[0].table", equalTo("public.a"))
                .body("tables[0].changed", equalTo(1))
                .body("tables[0].differences[0].columns", equalTo(List.of("v")))
                .body("tables[0].differences[0].key.id", equalTo("7"))
                .body("tables[0].differences[0].source.v", equalTo("new"))
                .body("tables[0].differences[0].target.v", nullValue()));
        assertThat(task.get("comparisons/1/repair-sql")
                        .statusCode(200)
                        .contentType("text/plain")
                        .extract()
                        .asString())
                .startsWith("--")
                .contains("\nBEGIN;\n")
                .endsWith(";\nUPDATE a SET v = 'new';\nCOMMIT;\n");
        task.get("comparisons/1/differences?table=public.a").statusCode(200).body("items", hasSize(1));
        task.get("comparisons/1/differences?table=public.b").statusCode(400);
        await().until(task::errands, List::isEmpty);
        assertThat(bus.events(task.id(), TaskEvent.Kind.COMPARISON).getLast().comparison())
                .satisfies(told -> {
                    assertThat(told.equal()).isFalse();
                    assertThat(told.differing()).containsExactly("public.a");
                    assertThat(told.compared()).containsExactly("public.a");
                    assertThat(told.undecided()).isEmpty();
                });
        // A late report changes nothing.
        task.report(new Fact.ComparisonProgress(1, List.of(result(State.EQUAL, 0))));

        aRepairGoesOutAndItsReportComesBack(task);
        task.post("comparisons", "{\"kind\": \"OBJECTS\"}").statusCode(201);
        task.report(new Fact.ObjectsCompared(
                2,
                0,
                5,
                1,
                List.of(new ObjectDifference(
                        "INDEX",
                        "CREATE INDEX i ON a",
                        ObjectDifference.Kind.MISSING,
                        null,
                        "CREATE INDEX i ON a (v)",
                        null))));
        task.report(new Fact.ComparisonEnded(2, null, null));
        await().untilAsserted(() -> task.get("comparisons/2")
                .body("result", equalTo("DIFFERENT"))
                .body("objects.compared", equalTo(5))
                .body("objects.items[0].kind", equalTo("MISSING")));
        task.get("comparisons?limit=1").body("items.number", equalTo(List.of(2)));
        sequencesThatOnlyLagAreNoDifference(task);
        task.get("comparisons/1").body("tables[0].state", equalTo("DIFFERENT"));

        // Rows that are written to all the time are no difference, and nobody is alarmed.
        task.post("comparisons", "{\"kind\": \"CONTENT\"}").statusCode(201);
        task.report(new Fact.ComparisonProgress(4, List.of(result(State.UNSETTLED, 0))));
        task.report(new Fact.ComparisonEnded(4, null, null));
        await().untilAsserted(() -> assertThat(bus.events(task.id(), TaskEvent.Kind.COMPARISON).stream()
                        .map(TaskEvent::comparison)
                        .filter(told -> told != null && told.number() == 4))
                .singleElement()
                .satisfies(told -> {
                    assertThat(told.equal()).isFalse();
                    assertThat(told.compared()).isEmpty();
                    assertThat(told.differing()).isEmpty();
                    assertThat(told.undecided()).containsExactly("public.a");
                }));
        task.get("comparisons/4").body("result", equalTo("INCOMPLETE"));
    }

    private static void sequencesThatOnlyLagAreNoDifference(Task task) {
        task.post("comparisons", "{\"kind\": \"OBJECTS\"}").statusCode(201);
        ObjectDifference lagging = new ObjectDifference(
                "SEQUENCE", "SEQUENCE public.s", ObjectDifference.Kind.LAGGING, "last value", "7", "1");
        task.report(new Fact.ObjectsCompared(3, 0, 5, 0, List.of(lagging)));
        task.report(new Fact.ComparisonEnded(3, null, null));
        await().untilAsserted(() -> task.get("comparisons/3")
                .body("result", equalTo("EQUAL"))
                .body("objects.differences", equalTo(0))
                .body("objects.items[0].kind", equalTo("LAGGING")));
        await().untilAsserted(() -> assertThat(bus.events(task.id(), TaskEvent.Kind.COMPARISON)
                        .getLast()
                        .comparison())
                .satisfies(told -> {
                    assertThat(told.equal()).isTrue();
                    assertThat(told.differing()).isEmpty();
                }));
    }

    private static void aRepairGoesOutAndItsReportComesBack(Task task) {
        task.get("comparisons/1/repair").statusCode(404);
        task.post("comparisons/9/repair", "{}").statusCode(404).body("code", equalTo("COMPARISON_NOT_FOUND"));
        task.post("comparisons/1/repair", "{\"rows\": 1}").statusCode(400);
        task.post("comparisons/1/repair", "{}").statusCode(202).body("state", equalTo("RUNNING"));
        await().until(task::errands, List.<Errand>of(new Errand.Repair(1, 1))::equals);
        task.post("comparisons/1/repair", "").statusCode(409).body("code", equalTo("COMPARISON_RUNNING"));
        TableRepair repaired = new TableRepair(TABLE, 3, 1, 1, 0, 1, Map.of("23505", 1L), null);
        task.report(new Fact.RepairProgress(1, List.of(repaired), true, null, null));
        await().untilAsserted(() -> task.get("comparisons/1/repair")
                .body("state", equalTo("COMPLETED"))
                .body("tables[0].target", equalTo("public.a"))
                .body("tables[0].repaired", equalTo(1))
                .body("tables[0].sqlStates.23505", equalTo(1)));
        await().until(task::errands, List::isEmpty);
        task.post("comparisons/1/repair", "{}").statusCode(202).body("number", equalTo(2));
        task.report(new Fact.RepairProgress(2, List.of(), true, ErrorCode.TASK_STATE, "Resume the task."));
        await().untilAsserted(() -> task.get("comparisons/1/repair")
                .body("state", equalTo("FAILED"))
                .body("code", equalTo("TASK_STATE")));
    }

    private static TableComparison result(State state, long changed) {
        return new TableComparison(TABLE, List.of(TABLE), state, 10, 10, 0, 0, changed, 0, false, null, null);
    }

    /** As apply-service leaves them. */
    private static void keepRows(Task task) throws Exception {
        Api.execute(
                task.pair().target(),
                "CREATE SCHEMA _sluice",
                "CREATE TABLE _sluice.comparison_row (task_id text, number int, schema_name text, table_name text, place int,"
                        + " kind text, times bigint, key text, source text, target text, repair text)",
                "INSERT INTO _sluice.comparison_row VALUES ('" + task.id() + "', 1, 'public', 'a', 0, 'CHANGED', 1,"
                        + " '[[\"id\",\"7\"]]', '[[\"id\",\"7\"],[\"v\",\"new\"]]', '[[\"id\",\"7\"],[\"v\",null]]',"
                        + " 'UPDATE a SET v = ''new'';')");
    }

    @Test
    void aPeriodicComparisonIsBegunAgainAndAgainUntilItIsCancelled() throws Exception {
        Task task = streaming();
        String at = Instant.now().plusSeconds(2).toString();
        task.post("comparisons", "{\"kind\": \"ROW_COUNT\", \"at\": \"" + at + "\", \"every\": \"PT1M\"}")
                .statusCode(201)
                .body("state", equalTo("SCHEDULED"));
        await().until(task::errands, errands -> errands.size() == 1);
        task.get("comparisons").body("items.state", equalTo(List.of("SCHEDULED", "REQUESTED")));
        task.post("comparisons/1/cancel", "{}").statusCode(202).body("state", equalTo("CANCELLED"));
        await().until(task::errands, List::isEmpty);
        task.post("comparisons/2/cancel", "").statusCode(202);
        task.post("comparisons/2/cancel", "").statusCode(409);
        task.post("comparisons", "{\"kind\": \"ROW_COUNT\"}").statusCode(201);
        Api.action(task.id(), "stop").statusCode(202);
        task.get("comparisons/3").body("state", equalTo("CANCELLED"));
    }

    @Test
    void whenAndHowOftenAComparisonRunsIsNoNumber() {
        String id = Api.created(new Pair("no_source", "no_target").task(Api.name("number")));
        for (String field : List.of("\"every\": 3600", "\"every\": \"3600\"", "\"at\": 4102444800")) {
            call().body("{\"kind\": \"ROW_COUNT\", " + field + "}")
                    .post("/api/v1/tasks/" + id + "/comparisons")
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("VALIDATION_FAILED"))
                    .body("violations.field", equalTo(List.of(field.substring(1, field.indexOf(':') - 1))))
                    .body("detail", containsString("ISO 8601"));
        }
    }

    @Test
    void aCutoverIsFollowedToTheEndOfTheTask() throws Exception {
        Task task = streaming();
        task.get("cutover").statusCode(404).body("code", equalTo("CUTOVER_NOT_FOUND"));
        task.post("cutover", "{\"endSessions\": true, \"sequenceMargin\": -1}")
                .statusCode(400)
                .body("violations.field", equalTo(List.of("endSessions", "sequenceMargin")));
        for (String roles : List.of("[\"\"]", "[null]", "[\"" + "r".repeat(64) + "\"]", "[\"a\\u0000\"]")) {
            task.post("cutover", "{\"readOnlySource\": true, \"endSessions\": true, \"endSessionsOf\": " + roles + "}")
                    .statusCode(400)
                    .body("violations.field", equalTo(List.of("endSessionsOf")));
        }
        task.post("cutover", "{\"endSessionsOf\": [\"shop\"]}")
                .statusCode(400)
                .body("violations.field", equalTo(List.of("endSessionsOf")));
        task.post("cutover", "{\"compare\": \"ALL\"}")
                .statusCode(202)
                .body("state", equalTo("RUNNING"))
                .body("reverseTask.mode", equalTo("INCREMENTAL"))
                .body("reverseTask.source.database", equalTo(task.pair().target()))
                .body("reverseTask.source.password", nullValue())
                .body("reverseTask.objects.include.table", equalTo(List.of("a", "b")));
        await().until(task::errands, errands -> errands.size() == 1);
        task.post("cutover", "{}").statusCode(409).body("code", equalTo("CUTOVER_RUNNING"));
        Api.action(task.id(), "pause").statusCode(409).body("code", equalTo("CUTOVER_RUNNING"));

        call().delete(task.path("cutover")).then().statusCode(202).body("state", equalTo("ABORTING"));
        await().until(task::errands, errands -> errands.size() == 1 && ((Errand.Cutover) errands.getFirst()).aborted());
        task.report(progress(1, Fact.CutoverState.ABORTED));
        await().until(task::errands, List::isEmpty);
        task.get("cutover").body("state", equalTo("ABORTED")).body("steps[0].name", equalTo("WAIT_FOR_LAG"));
        call().delete(task.path("cutover")).then().statusCode(409);

        task.post("cutover", "").statusCode(202).body("number", equalTo(2));
        task.report(progress(2, Fact.CutoverState.FENCED));
        TaskOrder stop = bus.order(task.id(), 2);
        assertThat(stop.phase()).isEqualTo(Phase.STOP);
        assertThat(stop.errands()).isEmpty();
        task.get("cutover").body("state", equalTo("FENCED")).body("steps.state", hasItem("RUNNING"));
        bus.report(task.id(), 2, Service.CAPTURE, new Fact.Ended(List.of()));
        bus.report(task.id(), 2, Service.APPLY, new Fact.Ended(List.of()));
        await().until(() -> Api.state(task.id()), "COMPLETED"::equals);
        task.get("cutover").body("state", equalTo("COMPLETED")).body("steps.name", hasItem("COMPLETE"));
        task.post("comparisons", "{\"kind\": \"CONTENT\"}").statusCode(201);
    }

    private static Fact progress(int number, Fact.CutoverState state) {
        return new Fact.CutoverProgress(
                number,
                state,
                List.of(new CutoverStep(
                        CutoverStep.Name.WAIT_FOR_LAG, CutoverStep.State.DONE, Instant.EPOCH, Instant.EPOCH, null)));
    }
}
