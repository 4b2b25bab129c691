package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With {@code existingTable: TRUNCATE} rows of the target are deleted only when somebody has read of them. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class EmptiedTablesIT {

    private static final String TRUNCATE = ", \"structure\": {\"existingTable\": \"TRUNCATE\"}";

    @Inject
    ObjectEditing editing;

    @Inject
    RunningTables tables;

    @Test
    void aTableThatIsFollowedIsNotEmptied() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = running(pair);
        String make = "CREATE TABLE %s (id int PRIMARY KEY)";
        Api.execute(
                pair.target(),
                make.formatted("taken"),
                "INSERT INTO taken VALUES (1)",
                make.formatted("guarded"),
                "INSERT INTO guarded VALUES (1)",
                "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
                make.formatted("empty"));
        for (String table : List.of("taken", "guarded", "empty", "fresh")) {
            Api.execute(pair.source(), make.formatted(table));
        }
        TableFollower follower = new TableFollower(editing, tables, Clock.systemUTC());

        follower.look(id);

        assertThat(names(id)).containsExactly("a", "empty", "fresh");
        assertThat(Api.query(
                        "sluice",
                        "SELECT code || ' ' || detail FROM task_event WHERE task_id = '" + id + "' AND kind = 'ERROR'"))
                .singleElement()
                .asString()
                .contains("PRECHECK_UNCONFIRMED", "public.taken", "public.guarded", "rows", "confirm")
                .doesNotContain("public.empty", "public.fresh");
    }

    @Test
    void aTableThatIsAddedIsEmptiedOnlyWhenThatIsConfirmed() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = running(pair);
        Api.execute(
                pair.source(),
                "CREATE TABLE taken (id int PRIMARY KEY, image oid)",
                "CREATE TABLE empty (id int PRIMARY KEY)");
        Api.execute(
                pair.target(),
                "CREATE TABLE taken (id int PRIMARY KEY, image oid)",
                "INSERT INTO taken VALUES (1)",
                "CREATE TABLE empty (id int PRIMARY KEY)");
        String add = "{\"add\": [{\"schema\": \"public\", \"table\": \"taken\"},"
                + " {\"schema\": \"public\", \"table\": \"empty\"}]%s}";

        objects(id, add.formatted(""))
                .statusCode(409)
                .body("code", equalTo("PRECHECK_UNCONFIRMED"))
                .body("violations.field", equalTo(List.of("target-tables")))
                .body(
                        "violations[0].message",
                        allOf(containsString("public.taken"), not(containsString("public.empty"))));
        objects(id, add.formatted(", \"confirm\": [\"large-objects\"]"))
                .statusCode(409)
                .body("code", equalTo("PRECHECK_UNCONFIRMED"));
        objects(id, add.formatted(", \"confirm\": [\"no-such-check\", null]"))
                .statusCode(400)
                .body("violations.field", equalTo(List.of("confirm[0]", "confirm[1]")));
        assertThat(names(id)).containsExactly("a");

        objects(id, add.formatted(", \"confirm\": [\"target-tables\"]"))
                .statusCode(202)
                .body("id", equalTo(id))
                .body("warnings.key", equalTo(List.of("large-objects", "target-tables")))
                .body("warnings[0].reason", containsString("public.taken.image"))
                .body("warnings.objects.flatten()", hasItem("public.taken"));
        assertThat(names(id)).containsExactly("a", "empty", "taken");
        objects(id, "{\"remove\": [{\"schema\": \"public\", \"table\": \"taken\"}]}")
                .statusCode(202)
                .body("warnings", equalTo(List.of()));
    }

    @Test
    void aConfirmationIsOfTheTablesThatItNamed() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("emptied"), TRUNCATE));
        Api.precheck(id);
        Api.confirm(id, List.of("target-tables")).statusCode(202);

        Api.execute(pair.target(), "CREATE TABLE b (id int PRIMARY KEY)", "INSERT INTO b VALUES (1)");

        Api.action(id, "start")
                .statusCode(409)
                .body("code", equalTo("PRECHECK_UNCONFIRMED"))
                .body("violations.field", equalTo(List.of("target-tables")))
                .body("violations[0].message", containsString("public.a, public.b"));
        Api.confirm(id, List.of("target-tables")).statusCode(202);
        Api.action(id, "start").statusCode(202);
    }

    /** More tables than are named: with another one in the place of one that is not, everything that is shown is the same. */
    @Test
    void aConfirmationIsOfAllTablesHoweverManyThereAre() throws SQLException {
        Pair pair = Api.pair("DO $$ BEGIN FOR n IN 1000..1120 LOOP"
                + " EXECUTE 'CREATE TABLE t' || n || ' (id int PRIMARY KEY)'; END LOOP; END $$");
        Api.execute(
                pair.target(),
                "DO $$ BEGIN FOR n IN 1000..1119 LOOP"
                        + " EXECUTE 'CREATE TABLE t' || n || ' (id int PRIMARY KEY)'; END LOOP; END $$");
        String id = Api.created(pair.task(Api.name("emptied"), TRUNCATE));
        Api.precheck(id);
        Api.confirm(id, List.of("target-tables")).statusCode(202);

        Api.execute(pair.target(), "DROP TABLE t1119", "CREATE TABLE t1120 (id int PRIMARY KEY)");

        Api.action(id, "start").statusCode(409).body("violations.field", equalTo(List.of("target-tables")));
    }

    /** The task carries no commands over, so that only these tests look for its tables. */
    private static String running(Pair pair) throws SQLException {
        String id = Api.created(pair.task(Api.name("emptied"), TRUNCATE));
        Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) VALUES ('"
                        + id + "', 'public', 'a', 'DONE', 0, 0, 0)");
        return id;
    }

    private static ValidatableResponse objects(String id, String body) {
        return Api.call().body(body).post("/api/v1/tasks/" + id + "/objects").then();
    }

    private static List<String> names(String id) throws SQLException {
        return Api.query("sluice", "SELECT table_name FROM task_table WHERE task_id = '" + id + "' ORDER BY 1");
    }
}
