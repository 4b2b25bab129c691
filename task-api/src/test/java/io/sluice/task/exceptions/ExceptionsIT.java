package io.sluice.task.exceptions;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.life.TaskState;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The table is made here as apply makes it; together they are tested end to end. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ExceptionsIT {

    private static final String RUNNING = "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1";

    private static final String TABLE = """
            CREATE TABLE _sluice.exception (
                task_id text NOT NULL, number bigint NOT NULL, schema_name text NOT NULL, table_name text NOT NULL,
                operation text NOT NULL, key_columns text[] NOT NULL, before jsonb, after jsonb, row_ids text[] NOT NULL,
                sql_state text, message text NOT NULL, commit_lsn text NOT NULL, xid bigint NOT NULL,
                commit_order bigint NOT NULL, committed_at timestamptz NOT NULL, state text NOT NULL DEFAULT 'OPEN',
                wish text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (task_id, number))""";

    private static final String STRUCTURE = """
            CREATE TABLE _sluice.structure_object (
                task_id text NOT NULL, object text NOT NULL, place bigint, kind text NOT NULL, name text NOT NULL,
                schema_name text, table_name text, stage text NOT NULL, state text NOT NULL, ddl text NOT NULL,
                sql_state text, reason text, generation bigint NOT NULL, PRIMARY KEY (task_id, object))""";

    private final List<String> ids = new ArrayList<>();

    private String created(Pair pair, String name) {
        String id = Api.created(pair.task(Api.name(name)));
        ids.add(id);
        return id;
    }

    /** What no service runs would go on changing by itself. */
    @AfterEach
    void remove() throws SQLException {
        for (String id : ids) {
            Api.execute("sluice", "DELETE FROM task WHERE id = '" + id + "'");
        }
    }

    @Test
    void exceptionsAreReadPageByPageAndToldWhatIsToBecomeOfThem() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = created(pair, "refused");
        String path = "/api/v1/tasks/" + id + "/exceptions";
        Api.put(id, RUNNING);
        call().get(path).then().statusCode(200).body("items", hasSize(0));
        call().post(path + "/1/retry").then().statusCode(404).body("code", equalTo("EXCEPTION_NOT_FOUND"));
        Api.execute(pair.target(), "CREATE SCHEMA _sluice", TABLE);
        put(pair, id, 1, "'23505'", "OPEN");
        put(pair, id, 2, "NULL", "OPEN");
        put(pair, id, 3, "'23505'", "SKIPPED");
        Api.execute(
                pair.target(),
                "INSERT INTO _sluice.exception SELECT 'another', number, schema_name, table_name, operation, key_columns,"
                        + " before, after, row_ids, sql_state, message, commit_lsn, xid, commit_order, committed_at"
                        + " FROM _sluice.exception");

        JsonPath first =
                call().get(path + "?limit=2").then().statusCode(200).extract().jsonPath();
        assertThat(first.getList("items.number")).isEqualTo(List.of(1, 2));
        call().get(path + "?limit=2&cursor=" + first.getString("nextCursor"))
                .then()
                .statusCode(200)
                .body("items.number", equalTo(List.of(3)))
                .body("nextCursor", nullValue());
        call().get(path + "?state=OPEN")
                .then()
                .statusCode(200)
                .body("items.number", equalTo(List.of(1, 2)))
                .body("items[0].table", equalTo("public.a"))
                .body("items[0].key.id", equalTo("1"))
                .body("items[0].after.v", nullValue())
                .body("items[0].after", hasKey("v"))
                .body("items[0].before", nullValue())
                .body("items[0].sqlState", equalTo("23505"))
                .body("items[0].position.commitLsn", equalTo("0/AB"))
                .body("items[1].sqlState", nullValue())
                .body("items[0]", not(hasKey("rowIds")));
        call().get(path + "?state=open").then().statusCode(400).body("violations[0].field", equalTo("state"));
        call().get(path + "?cursor=eA").then().statusCode(400).body("violations[0].field", equalTo("cursor"));

        call().body("{}").post(path + "/1/retry").then().statusCode(202).body("requested", equalTo("RETRY"));
        call().post(path + "/2/skip").then().statusCode(202).body("requested", equalTo("SKIP"));
        call().post(path + "/3/skip").then().statusCode(409).body("code", equalTo("EXCEPTION_CLOSED"));
        for (String none : List.of("9", "x")) {
            call().post(path + "/" + none + "/retry")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("EXCEPTION_NOT_FOUND"));
        }
        assertThat(Api.query(
                        pair.target(),
                        "SELECT task_id || number || wish FROM _sluice.exception WHERE wish IS NOT NULL"))
                .containsExactlyInAnyOrder(id + "1RETRY", id + "2SKIP");
    }

    @Test
    void everythingThatIsNotOnTheTargetIsReadPageByPage() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = created(pair, "objects");
        String path = "/api/v1/tasks/" + id + "/structure/problems";
        Api.put(id, RUNNING);
        call().get(path).then().statusCode(200).body("items", hasSize(0));
        // Every third was made; what another task has noted is not of this one.
        Api.execute(pair.target(), "CREATE SCHEMA _sluice", STRUCTURE, """
                INSERT INTO _sluice.structure_object
                    (task_id, object, place, kind, name, stage, state, ddl, sql_state, reason, generation)
                SELECT task, 'o' || n, n, 'VIEW', 'public.v' || n, 'END',
                    (ARRAY['DONE', 'FAILED', 'SKIPPED'])[n % 3 + 1], 'CREATE VIEW v' || n,
                    CASE WHEN n % 3 = 1 THEN '42P01' END, CASE WHEN n % 3 > 0 THEN 'not there' END, 1
                FROM generate_series(1, 360) n, (VALUES ('""" + id + "'), ('another')) AS of (task)");

        List<String> seen = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonPath page = call().get(path + "?limit=100" + cursor)
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            seen.addAll(page.getList("items.name"));
            cursor = page.getString("nextCursor") == null ? null : "&cursor=" + page.getString("nextCursor");
        }
        assertThat(seen)
                .isEqualTo(IntStream.rangeClosed(1, 360)
                        .filter(n -> n % 3 > 0)
                        .mapToObj(n -> "public.v" + n)
                        .toList());
        call().get(path + "?state=FAILED&limit=200")
                .then()
                .statusCode(200)
                .body("items", hasSize(120))
                .body("nextCursor", nullValue())
                .body("items[0].kind", equalTo("VIEW"))
                .body("items[0].state", equalTo("FAILED"))
                .body("items[0].sqlState", equalTo("42P01"))
                .body("items[0].reason", equalTo("not there"))
                .body("items[0].ddl", equalTo("CREATE VIEW v1"));
        call().get(path + "?state=SKIPPED&limit=1").then().body("items[0].sqlState", nullValue());
        call().get(path + "?state=DONE").then().statusCode(400).body("violations[0].field", equalTo("state"));
        call().get(path + "?cursor=eA").then().statusCode(400).body("violations[0].field", equalTo("cursor"));

        Api.execute(pair.target(), "UPDATE _sluice.structure_object SET ddl = repeat('x', 1500000)");
        call().get(path).then().statusCode(200).body("items", hasSize(3)).body("nextCursor", notNullValue());
    }

    @Test
    void aPageOfLargeRowsEndsBeforeItsLimit() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = created(pair, "large");
        Api.execute(pair.target(), "CREATE SCHEMA _sluice", TABLE);
        for (int number = 1; number <= 7; number++) {
            put(pair, id, number, "'23505'", "OPEN");
        }
        Api.execute(
                pair.target(),
                "UPDATE _sluice.exception SET before = after, after = jsonb_build_object('id', number::text, 'v',"
                        + " repeat('x', CASE number WHEN 5 THEN 5000000 ELSE 1500000 END))");

        List<List<Integer>> pages = new ArrayList<>();
        String cursor = "";
        do {
            JsonPath page = call().get("/api/v1/tasks/" + id + "/exceptions?limit=200" + cursor)
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            pages.add(page.getList("items.number"));
            List<String> values = page.getList("items.after.v");
            assertThat(values).allMatch(value -> value.length() >= 1_500_000);
            cursor = page.getString("nextCursor") == null ? "" : "&cursor=" + page.getString("nextCursor");
        } while (!cursor.isEmpty() && pages.size() < 10);

        assertThat(pages).containsExactly(List.of(1, 2, 3), List.of(4, 5), List.of(6, 7));
    }

    @Test
    void ofARetryAndASkipAtOnceOneWins() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = created(pair, "both");
        Api.put(id, RUNNING);
        Api.execute(pair.target(), "CREATE SCHEMA _sluice", TABLE);
        for (int number = 1; number <= 10; number++) {
            put(pair, id, number, "'23505'", "OPEN");
            String path = "/api/v1/tasks/" + id + "/exceptions/" + number;

            List<Response> answers = together(2, caller -> call().post(path + (caller == 0 ? "/retry" : "/skip")));

            assertThat(answers).extracting(Response::statusCode).containsExactlyInAnyOrder(202, 409);
            boolean retried = answers.getFirst().statusCode() == 202;
            (retried ? answers.getLast() : answers.getFirst())
                    .then()
                    .body("code", equalTo("EXCEPTION_CLOSED"))
                    .body("detail", containsString("see requested"));
            assertThat(Api.query(pair.target(), "SELECT wish FROM _sluice.exception WHERE number = " + number))
                    .containsExactly(retried ? "RETRY" : "SKIP");
        }
    }

    /** @param sqlState as an SQL literal */
    private static void put(Pair pair, String id, int number, String sqlState, String state) throws SQLException {
        Api.execute(
                pair.target(),
                "INSERT INTO _sluice.exception (task_id, number, schema_name, table_name, operation, key_columns, after,"
                        + " row_ids, sql_state, message, commit_lsn, xid, commit_order, committed_at, state) VALUES ('"
                        + id + "', " + number + ", 'public', 'a', 'INSERT', '{id}', '{\"id\": \"" + number
                        + "\", \"v\": null}', '{x}', " + sqlState + ", 'duplicate', '0/AB', 7, 1, now(), '" + state
                        + "')");
    }

    /** Where no run is there, nor comes back with a resume, nobody would do it. */
    @Test
    void aRetryAndASkipAreTakenOnlyWhereARunCanDoThem() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = created(pair, "runs");
        Api.execute(pair.target(), "CREATE SCHEMA _sluice", TABLE);
        List<String> refused = List.of("CONFIGURATION", "PENDING_START", "STOPPING", "COMPLETED", "STOP_FAILED");
        int number = 0;
        for (TaskState state : TaskState.values()) {
            Api.put(id, "state = '" + state + "', phase = 'RUN', generation = 1, start_at = now() + interval '1 day'");
            for (String wish : List.of("retry", "skip")) {
                number++;
                put(pair, id, number, "'23505'", "OPEN");
                ValidatableResponse answer = call().post("/api/v1/tasks/" + id + "/exceptions/" + number + "/" + wish)
                        .then();
                if (refused.contains(state.name())) {
                    answer.statusCode(409)
                            .body("code", equalTo("TASK_STATE"))
                            .body("detail", containsString("is in " + state + "; exceptions/{n}/" + wish))
                            .body("detail", containsString("Now it takes "));
                } else {
                    answer.statusCode(202).body("requested", equalTo(wish.toUpperCase(Locale.ROOT)));
                    call().get("/api/v1/tasks/" + id + "/events")
                            .then()
                            .body("items[0].detail", equalTo(wish + " of exception " + number))
                            .body("items[0].actor", equalTo("admin"));
                }
            }
        }
        assertThat(Api.query(pair.target(), "SELECT count(*) FROM _sluice.exception WHERE wish IS NOT NULL"))
                .containsExactly(Integer.toString(2 * (TaskState.values().length - refused.size())));

        put(pair, id, 1000, "'23505'", "OPEN");
        String path = "/api/v1/tasks/" + id + "/exceptions/1000/skip";
        Api.put(id, "state = 'PAUSED', phase = 'DELETE', resetting = true, updated_at = now()");
        call().post(path).then().statusCode(409).body("detail", containsString("being reset"));
        Api.put(id, "state = 'FULL_SYNC_FAILED', phase = 'DELETE', resetting = false, updated_at = now()");
        call().post(path).then().statusCode(409).body("detail", containsString("being deleted"));
        assertThat(Api.query(pair.target(), "SELECT wish FROM _sluice.exception WHERE number = 1000"))
                .containsOnlyNulls();
    }

    @Test
    void aTargetThatCannotBeReachedIsNamed() {
        String id = created(new Pair("no_source", "no_target"), "unreachable");
        call().get("/api/v1/tasks/" + id + "/exceptions")
                .then()
                .statusCode(422)
                .body("code", equalTo("DATABASE_UNKNOWN"))
                .body("violations[0].field", equalTo("target.database"));
    }
}
