package io.sluice.task.cutover;

import static io.sluice.task.Api.call;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.contracts.Json;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.Errand.FinalComparison;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The way back of tasks that change names and leave columns out. Cutovers are put into the database. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ReverseTaskIT {

    @Test
    void namesThatTheirCaseChangedAreTurnedBack() throws SQLException {
        Pair pair =
                Api.pair("CREATE TABLE \"Orders\" (\"Id\" int PRIMARY KEY, note text, \"Ref\" text, \"Left\" text)");
        String id = cutOver(pair, """
                , "project": "shop", "structure": {"nameCase": "LOWER"}, "objects": {"include": [{"schema": "public",
                   "table": "*", "columns": {"rename": {"Ref": "reference"}, "exclude": ["Left"]}}]}""");
        cutover(id)
                .body("reverseTaskProblem", nullValue())
                .body("reverseTask.project", equalTo("shop"))
                .body("reverseTask.objects.include[0].table", equalTo("orders"))
                .body("reverseTask.objects.include[0].targetTable", equalTo("Orders"))
                .body("reverseTask.objects.include[0].columns.rename", equalTo(Map.of("id", "Id", "reference", "Ref")));
    }

    @Test
    void columnsThatNewRowsWouldLackAreNamed() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE orders (id int PRIMARY KEY, code text NOT NULL, note text, n bigserial,"
                + " i int GENERATED ALWAYS AS IDENTITY)");
        String id = cutOver(pair, """
                , "objects": {"include": [{"schema": "public", "table": "orders",
                   "columns": {"exclude": ["code", "note", "n", "i"]}}]}""");
        cutover(id)
                .body("reverseTask", nullValue())
                .body("reverseTaskProblem", containsString("must not be null: code. Give"));
        Api.execute(pair.source(), "ALTER TABLE orders ALTER code SET DEFAULT ''");
        cutover(id)
                .body("reverseTaskProblem", nullValue())
                .body("reverseTask.objects.include.table", equalTo(List.of("orders")))
                .body("reverseTask.objects.include[0].columns", nullValue());
        Api.execute("postgres", "DROP DATABASE " + pair.source());
        cutover(id).body("reverseTask", nullValue()).body("reverseTaskProblem", containsString("cannot be read now"));
    }

    private static ValidatableResponse cutover(String id) {
        return call().get("/api/v1/tasks/" + id + "/cutover").then().statusCode(200);
    }

    private static String cutOver(Pair pair, String more) throws SQLException {
        String body = "{\"name\": \"" + Api.name("back") + "\", \"source\": " + Api.endpoint(pair.source())
                + ", \"target\": " + Api.endpoint(pair.target()) + more + "}";
        String id = Api.created(body);
        String table = Api.query(
                        pair.source(), "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ILIKE 'orders'")
                .getFirst();
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) VALUES ('"
                        + id + "', 'public', '" + table + "', 'DONE', 0, 0, 0)",
                "INSERT INTO cutover (task_id, number, request, state, steps, requested_at, requested_by) VALUES ('"
                        + id
                        + "', 1, '"
                        + Json.write(new Errand.Cutover(1, false, false, List.of(), FinalComparison.NONE, 0, false))
                        + "', 'RUNNING', '[]', now(), 'admin')");
        return id;
    }
}
