package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.task.TableName;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.life.TaskAction;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every action in every state, as a user sees it: the contract's table, in its own words. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class StateMatrixIT {

    private static final List<String> FAILED =
            List.of("START_FAILED", "FULL_SYNC_FAILED", "INCREMENTAL_SYNC_FAILED", "STOP_FAILED");

    /** With the phase of the newest order, as a SQL literal, and how far the run is, of a task that was started. */
    private static final Map<String, String> STATES = Map.ofEntries(
            Map.entry("CONFIGURATION", "NULL"),
            Map.entry("PENDING_START", "NULL"),
            Map.entry("STARTING", "'RUN'"),
            Map.entry("FULL_SYNC", "'RUN'"),
            Map.entry("INCREMENTAL_SYNC", "'RUN', step = 'APPLYING'"),
            Map.entry("STOPPING", "'STOP', step = 'APPLYING'"),
            Map.entry("COMPLETED", "'IDLE', step = 'APPLYING'"),
            Map.entry("PAUSED", "'PAUSE', left_state = 'FULL_SYNC'"),
            Map.entry("START_FAILED", "'PAUSE'"),
            Map.entry("FULL_SYNC_FAILED", "'PAUSE'"),
            Map.entry("INCREMENTAL_SYNC_FAILED", "'PAUSE', step = 'APPLYING'"),
            Map.entry("STOP_FAILED", "'STOP', step = 'APPLYING'"));

    /** What a resume goes on with. */
    private static final Map<String, String> RESUMED = Map.of(
            "PAUSED", "FULL_SYNC",
            "START_FAILED", "STARTING",
            "FULL_SYNC_FAILED", "FULL_SYNC",
            "INCREMENTAL_SYNC_FAILED", "INCREMENTAL_SYNC");

    private static final TableName A = new TableName("public", "a");
    private static final TableComparison DIFFERENT =
            new TableComparison(A, List.of(A), TableComparison.State.DIFFERENT, 2, 1, 1, 0, 0, 0, false, null, null);

    enum Action {
        START("start", 202, List.of("CONFIGURATION")),
        SCHEDULE("start", 202, List.of("CONFIGURATION")),
        /** Not in the contract's table, which has no way back from a planned start but to end the task. */
        UNSCHEDULE("start", 202, List.of("PENDING_START")),
        PAUSE("pause", 202, List.of("FULL_SYNC", "INCREMENTAL_SYNC")),
        RESUME("resume", 202, List.of("PAUSED", "START_FAILED", "FULL_SYNC_FAILED", "INCREMENTAL_SYNC_FAILED")),
        /** What would not go on with changes is refused with the state in which it would go on. */
        RESUME_RELOAD("resume", 202, List.of("INCREMENTAL_SYNC_FAILED")),
        RESUME_RELOAD_ALL("resume", 202, List.of("INCREMENTAL_SYNC_FAILED")),
        RESET("reset", 202, and(FAILED, "PAUSED")),
        STOP(
                "stop",
                202,
                and(FAILED, "CONFIGURATION", "PENDING_START", "STARTING", "FULL_SYNC", "INCREMENTAL_SYNC", "PAUSED")),
        FORCE_STOP(
                "stop",
                202,
                and(
                        FAILED,
                        "CONFIGURATION",
                        "PENDING_START",
                        "STARTING",
                        "FULL_SYNC",
                        "INCREMENTAL_SYNC",
                        "PAUSED",
                        "STOPPING")),
        DELETE("", 204, and(FAILED, "CONFIGURATION", "COMPLETED")),
        OBJECTS("objects", 202, List.of("INCREMENTAL_SYNC")),
        RELOAD("tables/public.a/reload", 202, List.of("INCREMENTAL_SYNC")),
        RETRY_STRUCTURE("structure/retries", 202, List.of("FULL_SYNC", "INCREMENTAL_SYNC")),
        PRECHECK("prechecks", 202, List.of("CONFIGURATION", "PENDING_START")),
        /** Once every table is loaded, until the task is being stopped. */
        COMPARE("comparisons", 201, List.of("INCREMENTAL_SYNC", "INCREMENTAL_SYNC_FAILED", "COMPLETED")),
        REPAIR("comparisons/1/repair", 202, List.of("INCREMENTAL_SYNC")),
        CUTOVER("cutover", 202, List.of("INCREMENTAL_SYNC")),
        /** The state is looked at first; then there is no such exception. */
        RETRY("exceptions/1/retry", 404, withARun()),
        SKIP("exceptions/1/skip", 404, withARun());

        private final String path;
        private final int status;

        /** Never changed; error-prone cannot see that. */
        @SuppressWarnings("ImmutableEnumChecker")
        private final List<String> allowedIn;

        Action(String path, int status, List<String> allowedIn) {
            this.path = path;
            this.status = status;
            this.allowedIn = allowedIn;
        }

        private static List<String> withARun() {
            return List.of(
                    "STARTING",
                    "FULL_SYNC",
                    "INCREMENTAL_SYNC",
                    "PAUSED",
                    "START_FAILED",
                    "FULL_SYNC_FAILED",
                    "INCREMENTAL_SYNC_FAILED");
        }

        Response ask(String id) {
            String address = "/api/v1/tasks/" + id + (path.isEmpty() ? "" : "/" + path);
            return switch (this) {
                case SCHEDULE ->
                    call().body("{\"at\": \"" + Instant.now().plusSeconds(3600) + "\"}")
                            .post(address);
                case UNSCHEDULE, DELETE -> call().delete(address);
                case OBJECTS ->
                    call().body("{\"remove\": [{\"schema\": \"public\", \"table\": \"b\"}]}")
                            .post(address);
                case RESUME_RELOAD ->
                    call().body("{\"reload\": [\"public.a\"]}").post(address);
                case RESUME_RELOAD_ALL -> call().body("{\"reload\": [\"*\"]}").post(address);
                case FORCE_STOP -> call().body("{\"force\": true}").post(address);
                case COMPARE -> call().body("{\"kind\": \"ROW_COUNT\"}").post(address);
                case START,
                        PAUSE,
                        RESUME,
                        RESET,
                        STOP,
                        RELOAD,
                        RETRY_STRUCTURE,
                        PRECHECK,
                        REPAIR,
                        CUTOVER,
                        RETRY,
                        SKIP -> call().body("{}").post(address);
            };
        }
    }

    /** How users ask for it. */
    private static Action asked(TaskAction action) {
        return switch (action) {
            case START -> Action.START;
            case SCHEDULE -> Action.SCHEDULE;
            case UNSCHEDULE -> Action.UNSCHEDULE;
            case PAUSE -> Action.PAUSE;
            case RETRY_STRUCTURE -> Action.RETRY_STRUCTURE;
            case OBJECTS -> Action.OBJECTS;
            case RELOAD -> Action.RELOAD;
            case RETRY_EXCEPTION -> Action.RETRY;
            case SKIP_EXCEPTION -> Action.SKIP;
            case RESUME -> Action.RESUME;
            case STOP -> Action.STOP;
            case FORCE_STOP -> Action.FORCE_STOP;
            case RESET -> Action.RESET;
            case DELETE -> Action.DELETE;
        };
    }

    @ParameterizedTest
    @EnumSource
    void everyActionOfATaskIsInTheMatrixWithItsStates(TaskAction action) {
        assertThat(asked(action).allowedIn)
                .containsExactlyInAnyOrderElementsOf(
                        action.allowedIn().stream().map(Enum::name).toList());
    }

    /** Nothing was loaded yet that could be compared or loaded again. */
    @ParameterizedTest
    @EnumSource(
            names = {"COMPARE", "RESUME_RELOAD", "RESUME_RELOAD_ALL"},
            mode = EnumSource.Mode.EXCLUDE)
    void everyActionIsRefusedInEveryStateButItsOwn(Action action) throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        for (String state : STATES.keySet()) {
            String id = task(pair, state, "");
            Response answer = action.ask(id);
            if (action.allowedIn.contains(state)) {
                assertThat(answer.statusCode()).as(told(action, state, answer)).isEqualTo(action.status);
            } else {
                assertRefused(action, state, id, 0, answer);
            }
        }
    }

    /** The services have something of it, so they get an order. */
    @ParameterizedTest
    @EnumSource(
            names = {"START", "SCHEDULE"},
            mode = EnumSource.Mode.EXCLUDE)
    void theSameHoldsForATaskThatWasStarted(Action action) throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        for (Map.Entry<String, String> entry : STATES.entrySet()) {
            String state = entry.getKey();
            String id = task(pair, state, ", generation = 1, phase = " + entry.getValue());
            Response answer = action.ask(id);
            if (!action.allowedIn.contains(state)) {
                assertRefused(action, state, id, 1, answer);
            } else if (action == Action.DELETE) {
                // Nobody has answered the order.
                assertThat(answer.statusCode()).as(told(action, state, answer)).isEqualTo(200);
                assertThat(Api.task(id).statusCode()).isEqualTo(404);
            } else {
                assertThat(answer.statusCode()).as(told(action, state, answer)).isEqualTo(action.status);
                assertThat(Api.state(id)).as(told(action, state, answer)).isEqualTo(after(action, state));
                boolean ordered = switch (action) {
                    case STOP, FORCE_STOP -> !entry.getValue().equals("NULL");
                    case PAUSE,
                            RESUME,
                            RESUME_RELOAD,
                            RESUME_RELOAD_ALL,
                            RESET,
                            DELETE,
                            OBJECTS,
                            RELOAD,
                            RETRY_STRUCTURE -> true;
                    // An errand goes with the order that there is.
                    case RETRY, SKIP, UNSCHEDULE, START, SCHEDULE, PRECHECK, COMPARE, REPAIR, CUTOVER -> false;
                };
                assertThat(Api.task(id).<Integer>path("generation"))
                        .as(told(action, state, answer))
                        .isEqualTo(ordered ? 2 : 1);
            }
        }
    }

    @Test
    void passwordsAndLimitsChangeInEveryStateAndTheMappingInOne() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        for (Map.Entry<String, String> entry : STATES.entrySet()) {
            String id = task(pair, entry.getKey(), ", generation = 1, phase = " + entry.getValue());
            Response answer = patch(id, 1, """
                    {"source": {"password": "a"}, "target": {"password": "b"}, "fullLoad": {"maxRowsPerSecond": 7},
                     "incremental": {"maxBytesPerSecond": 8}}""");
            assertThat(answer.statusCode())
                    .as(entry.getKey() + answer.asString())
                    .isEqualTo(200);
            answer.then()
                    .body("state", equalTo(entry.getKey()))
                    .body("fullLoad.maxRowsPerSecond", equalTo(7))
                    .body("incremental.maxBytesPerSecond", equalTo(8));
            boolean free = entry.getKey().equals("CONFIGURATION");
            patch(id, 2, "{\"changes\": {\"lanes\": 2}}").then().statusCode(free ? 200 : 409);
        }
    }

    private static Response patch(String id, int version, String body) {
        return call().header("If-Match", "\"" + version + "\"").body(body).patch("/api/v1/tasks/" + id);
    }

    @Test
    void theStatesAreAllOfThem() {
        assertThat(STATES.keySet())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(io.sluice.task.life.TaskState.values())
                        .map(Enum::name)
                        .toList());
    }

    private static String after(Action action, String state) {
        return switch (action) {
            case START -> "STARTING";
            case SCHEDULE -> "PENDING_START";
            case UNSCHEDULE -> "CONFIGURATION";
            case PAUSE -> "PAUSED";
            case RESUME, RESUME_RELOAD -> String.valueOf(RESUMED.get(state));
            case FORCE_STOP -> "COMPLETED";
            case STOP -> STATES.get(state).equals("NULL") ? "COMPLETED" : "STOPPING";
            // When the services have carried it out, it is in CONFIGURATION.
            case RESET,
                    RESUME_RELOAD_ALL,
                    OBJECTS,
                    RELOAD,
                    RETRY_STRUCTURE,
                    PRECHECK,
                    COMPARE,
                    REPAIR,
                    CUTOVER,
                    RETRY,
                    SKIP,
                    DELETE -> state;
        };
    }

    private static void assertRefused(Action action, String state, String id, int generation, Response answer) {
        assertThat(answer.statusCode()).as(told(action, state, answer)).isEqualTo(409);
        String why = action.name().startsWith("RESUME_RELOAD") && RESUMED.containsKey(state)
                ? "loaded anew only by a task"
                : state;
        answer.then().body("code", equalTo("TASK_STATE")).body("detail", containsString(why));
        Api.task(id).then().body("state", equalTo(state)).body("generation", equalTo(generation));
    }

    private static String told(Action action, String state, Response answer) {
        return "%s in %s: %s".formatted(action, state, answer.asString());
    }

    /** @param columns more of them, each after a comma */
    private static String task(Pair pair, String state, String columns) throws Exception {
        String id = Api.created(pair.task(Api.name("cell")));
        Api.put(id, "state = '" + state + "', start_at = now() + interval '1 day'" + columns);
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) SELECT '"
                        + id + "', 'public', name, 'DONE', 0, 0, 0 FROM unnest(ARRAY['a', 'b']) name",
                "INSERT INTO comparison (task_id, number, kind, state, tables, workers, requested_at, requested_by)"
                        + " VALUES ('" + id + "', 1, 'CONTENT', 'COMPLETED', '[]', 1, now(), 'admin')",
                "INSERT INTO comparison_table VALUES ('" + id + "', 1, 'public', 'a', 'DIFFERENT', '"
                        + Json.write(DIFFERENT) + "')");
        return id;
    }

    private static List<String> and(List<String> some, String... more) {
        return Stream.concat(some.stream(), Stream.of(more)).toList();
    }
}
