package io.sluice.task.precheck;

import static io.sluice.task.precheck.Prechecks.GOOD_TABLE;
import static io.sluice.task.precheck.Prechecks.chosen;
import static io.sluice.task.precheck.Prechecks.columns;
import static io.sluice.task.precheck.Prechecks.found;
import static io.sluice.task.precheck.Prechecks.item;
import static io.sluice.task.precheck.Prechecks.precheck;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the checks find about the tables that a task writes to, by the names and columns that they have there. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class TablesOfTheTargetIT {

    @Test
    void changesAloneNeedTablesThatAreThere() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "CREATE TABLE other (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE good (id int PRIMARY KEY, v int)");
        String task = pair.task(Api.name("changes"), ", \"mode\": \"INCREMENTAL\"");

        Map<String, Object> tables = item(precheck(task), "target-tables");

        assertThat(tables)
                .containsEntry("result", "FAILED")
                .extractingByKey("reason", as(STRING))
                .contains("lacks these tables", "public.other", "v is integer instead of text");
        Api.execute(pair.target(), "CREATE TABLE other (id int PRIMARY KEY)", "ALTER TABLE good ALTER v TYPE text");
        String id = Api.created(task.replace("changes", "changed"));
        assertThat(found(Api.precheck(id))).isEmpty();
        Api.action(id, "start").statusCode(202);
        Api.call()
                .get("/api/v1/tasks/" + id + "/progress")
                .then()
                .body("phases.name", equalTo(List.of("INCREMENTAL")))
                .body("percent", equalTo(100));
    }

    @Test
    void columnsThatAreLeftOutOrRenamed() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE good (id int PRIMARY KEY, a int, b int)",
                "CREATE TABLE keyless (id int PRIMARY KEY, a int)",
                "CREATE TABLE typo (id int PRIMARY KEY, a int)",
                "CREATE TABLE clash (id int PRIMARY KEY, a int, b int)");
        String include = columns("good", "\"exclude\": [\"b\"], \"rename\": {\"a\": \"x\"}")
                + columns("keyless", "\"exclude\": [\"id\"]")
                + columns("typo", "\"exclude\": [\"A\"]")
                + columns("clash", "\"rename\": {\"a\": \"b\"}");

        JsonPath precheck = precheck(chosen(pair, include, ""));

        assertThat(found(precheck)).containsExactly("columns", "target-names");
        assertThat(item(precheck, "columns").get("reason").toString())
                .contains("id of public.keyless is left out", "public.typo has no column A")
                .doesNotContain("good");
        assertThat(item(precheck, "target-names").get("reason").toString())
                .contains("a, b of public.clash all become the column b");
    }

    @Test
    void tablesThatAreKeptOrEmptied() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE good (id int PRIMARY KEY, v text, gone int)",
                "CREATE TABLE narrow (id int PRIMARY KEY, v text)",
                "CREATE TABLE rekeyed (id int PRIMARY KEY, v text)",
                "CREATE TABLE viewed (id int PRIMARY KEY)",
                "CREATE TABLE lost (id int PRIMARY KEY)",
                "CREATE TABLE absent (id int PRIMARY KEY)");
        Api.execute(
                pair.target(),
                "CREATE SCHEMA app",
                "CREATE UNLOGGED TABLE app.lost (id int PRIMARY KEY)",
                "CREATE TABLE app.good (id int PRIMARY KEY, text text, more int, at timestamptz NOT NULL DEFAULT now())",
                "CREATE TABLE app.narrow (id bigint PRIMARY KEY, asks int NOT NULL)",
                "CREATE TABLE app.rekeyed (id int, v text)",
                "CREATE VIEW app.viewed AS SELECT 1 AS id");
        String include = mapped("good", "\"exclude\": [\"gone\"], \"rename\": {\"v\": \"text\"}")
                + mapped("narrow", "")
                + mapped("rekeyed", "")
                + mapped("viewed", "")
                + mapped("lost", "")
                + mapped("absent", "");
        String task = chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}");

        JsonPath kept = precheck(task);

        assertThat(found(kept)).containsExactly("target-tables");
        String reason = item(kept, "target-tables").get("reason").toString();
        assertThat(reason)
                .contains(
                        "app.viewed are no tables",
                        "app.lost: it is UNLOGGED, so that a crash of the target would empty it",
                        "app.narrow: id is bigint instead of integer, v is missing, asks is only on the target, NOT NULL",
                        "The key of the target's app.rekeyed is (), that of the source's public.rekeyed is (id)")
                .doesNotContain("app.good", "absent");
        assertThat(item(kept, "target-tables").get("fix").toString())
                .isEqualTo("ALTER TABLE \"app\".\"rekeyed\" ADD PRIMARY KEY (\"id\");");

        String good = mapped("good", "\"exclude\": [\"gone\"], \"rename\": {\"v\": \"text\"}");
        JsonPath emptied = precheck(chosen(pair, good, ", \"structure\": {\"existingTable\": \"TRUNCATE\"}"));
        assertThat(found(emptied)).containsExactly("target-tables");
        assertThat(item(emptied, "target-tables"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("app.good"));
        JsonPath none = precheck(chosen(pair, good + mapped("absent", ""), ", \"structure\": {\"enabled\": false}"));
        assertThat(item(none, "target-tables").get("reason").toString())
                .contains("lacks these tables", "app.absent")
                .doesNotContain("app.good");
        JsonPath refused = precheck(chosen(pair, good, ""));
        assertThat(item(refused, "target-tables").get("reason").toString()).contains("app.good already");
    }

    @Test
    void severalTablesIntoOneAndRightsOnTablesThatAreThere() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE north (id int PRIMARY KEY)", "CREATE TABLE south (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE all_of_it (id int PRIMARY KEY)");
        String user = pair.source().replace("source", "writer");
        Api.execute(
                "postgres",
                "CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(user, TestServers.PASSWORD),
                "GRANT CREATE ON DATABASE " + pair.target() + " TO " + user);
        String include = "{\"schema\": \"public\", \"table\": \"*\", \"targetTable\": \"all_of_it\"}, ";
        String task = chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}");
        String target = Api.endpoint(pair.target());

        JsonPath precheck = precheck(task.replace(target, target.replace("\"postgres\"", "\"" + user + "\"")));

        assertThat(item(precheck, "target-names"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("public.north", "public.south"));
        String grant = item(precheck, "target-write").get("fix").toString();
        assertThat(grant)
                .contains("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON \"public\".\"all_of_it\" TO \"" + user);
        Api.execute(pair.target(), grant);
        assertThat(item(
                        precheck(task.replace("chosen-", "granted-")
                                .replace(target, target.replace("\"postgres\"", "\"" + user + "\""))),
                        "target-write"))
                .containsEntry("result", "PASSED");
        String ddl = ", \"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\", \"DDL\"]}";
        Map<String, Object> owner = item(
                precheck(chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}" + ddl)
                        .replace(target, target.replace("\"postgres\"", "\"" + user + "\""))),
                "target-write");
        assertThat(owner.get("reason").toString()).contains("Only its owner may alter a table");
        assertThat(owner.get("fix").toString())
                .isEqualTo("ALTER TABLE \"public\".\"all_of_it\" OWNER TO \"" + user + "\";");
    }

    @Test
    void tablesThatBecomeOneMustFitIntoTheFirst() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE a (id int PRIMARY KEY, price numeric(10,2), note text)",
                "CREATE TABLE b (id int PRIMARY KEY, price numeric(20,6))");
        String one = "\"targetTable\": \"both\", \"columns\"";
        String include = (mapped("a", "") + mapped("b", "")).replace("\"columns\"", one);

        JsonPath precheck = precheck(chosen(pair, include, ""));

        assertThat(item(precheck, "target-tables").get("reason").toString())
                .contains("public.b.price is numeric(20,6), in app.both it is numeric(10,2)")
                .contains("public.b has no column note, which changes of app.both must have");
    }

    /** The target's names follow the mapping: what is on the target under the old name is in nobody's way. */
    @Test
    void namesAfterMapping() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA \"Shop\"", "CREATE TABLE \"Shop\".\"Item\" (id int PRIMARY KEY, \"Name\" text)");
        Api.execute(pair.target(), "CREATE SCHEMA \"Shop\"", "CREATE TABLE \"Shop\".\"Item\" (id int)");
        String task = pair.task(Api.name("lower"), ", \"structure\": {\"nameCase\": \"LOWER\"}")
                .replace("\"public\"", "\"Shop\"");

        assertThat(found(precheck(task))).isEmpty();
        Api.execute(pair.target(), "CREATE SCHEMA shop", "CREATE TABLE shop.item (id int)");
        JsonPath taken = precheck(task.replace("lower-", "taken-"));
        assertThat(item(taken, "target-tables").get("reason").toString()).contains("shop.item", "name is missing");
    }

    @Test
    void transformsFitTheirTablesAndWorkOnRowsThatAreThere() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE fine (id int PRIMARY KEY, name text, amount numeric)",
                "INSERT INTO fine SELECT i, 'name ' || i, i FROM generate_series(1, 1000) i",
                "CREATE TABLE failing (id int PRIMARY KEY, n text)",
                "INSERT INTO failing VALUES (1, '1'), (2, 'two'), (3, '3')",
                "CREATE TABLE unfit (id int PRIMARY KEY, n int, s text, g int GENERATED ALWAYS AS (n + 1) STORED)",
                "CREATE TABLE hidden (id int PRIMARY KEY, n int)",
                "CREATE TABLE large (id int PRIMARY KEY, a text, b text)",
                "CREATE TABLE keyless (n int)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL",
                "CREATE TABLE added (id int PRIMARY KEY)");
        String transforms = transform("fine", "row.id % 2 == 0 ? null : {'name': mask(row.name, 1)}")
                + transform("failing", "{'n': int(row.n) + 1}")
                + transform("unfit", "row.x == 1 ? null : {'id': 1, 's': row.g}")
                + transform("hidden", "row.n > 5")
                + transform("large", "{'a': row.a + row.b, 'b': row.b + '!'}")
                + transform("keyless", "{'n': op == 'LOAD' ? 1 : 2}")
                + transform("added", "{'more': 1}")
                + transform("gone", "true");

        JsonPath precheck = precheck(transformed(pair, transforms));

        assertThat(found(precheck)).containsExactly("transforms", "target-tables");
        assertThat(item(precheck, "transforms").get("reason").toString())
                .contains(
                        "public.failing fails on 1 of 3 rows that were tried, the first being the row with id = 2: ",
                        "public.unfit does not fit: column g is generated, and no change carries it; there is no column x"
                                + " (names are case-sensitive); column id is part of the key",
                        "public.hidden looks at more than changes carry: changes do not show of the old row n",
                        "public.large looks at more than changes carry: an update does not carry large values that it"
                                + " leaves as they are, here of a, b",
                        "public.keyless looks at op, before or commitTime, and the table has no key",
                        "No chosen table is called public.gone")
                .doesNotContain("public.fine", "public.added");
        assertThat(item(precheck, "transforms").get("fix").toString())
                .contains(
                        "ALTER TABLE \"public\".\"hidden\" REPLICA IDENTITY FULL;",
                        "ALTER TABLE \"public\".\"large\" REPLICA IDENTITY FULL;");
        assertThat(item(precheck, "target-tables").get("reason").toString())
                .contains("The transform of public.added writes more, which the source does not have");

        Api.execute(
                pair.source(),
                "DROP TABLE unfit, keyless",
                "DELETE FROM failing WHERE id = 2",
                "ALTER TABLE hidden REPLICA IDENTITY FULL",
                "ALTER TABLE large REPLICA IDENTITY FULL");
        Api.execute(pair.target(), "CREATE TABLE added (id int PRIMARY KEY, more int NOT NULL)");
        String mended = transformed(
                pair,
                transform("fine", "row.id % 2 == 0 ? null : {'name': mask(row.name, 1)}")
                        + transform("failing", "{'n': int(row.n) + 1}")
                        + transform("hidden", "row.n > 5")
                        + transform("large", "{'a': row.a + row.b, 'b': row.b + '!'}")
                        + transform("added", "{'more': 1}"));
        JsonPath again = precheck(mended.replace("\"FAIL\"", "\"KEEP\""));
        assertThat(found(again)).isEmpty();
        assertThat(item(again, "transforms").get("reason").toString()).contains("tried on 202 rows");
    }

    private static String transform(String table, String expression) {
        return "{\"table\": \"public.%s\", \"expression\": \"%s\"}, ".formatted(table, expression);
    }

    /** @param transforms each with a comma at its end */
    private static String transformed(Pair pair, String transforms) {
        return pair.task(
                Api.name("transformed"),
                ", \"structure\": {\"existingTable\": \"FAIL\"}, \"transforms\": ["
                        + transforms.substring(0, transforms.lastIndexOf(',')) + "]");
    }

    private static String mapped(String table, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"targetSchema\": \"app\", \"columns\": {%s}}, "
                .formatted(table, columns);
    }
}
