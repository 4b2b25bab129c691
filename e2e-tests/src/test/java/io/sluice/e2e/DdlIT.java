package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The source's structure changes while the task runs, and the target's with it. */
@EndToEnd
class DdlIT {

    @Test
    void commandsAreCarriedOverInOrderWithTheRows(Sluice sluice) {
        Pair pair = Pair.create(sluice, "ddl_commands");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TYPE app.mood AS ENUM ('low', 'high')",
                "CREATE DOMAIN app.word AS text DEFAULT 'none' CHECK (VALUE <> '')",
                "CREATE TABLE app.item (id int PRIMARY KEY, note varchar(20) DEFAULT 'none', feeling app.mood,"
                        + " amount int, old text)",
                "CREATE UNIQUE INDEX item_note ON app.item (note)",
                "INSERT INTO app.item SELECT i, 'row ' || i, 'low', i, 'old' FROM generate_series(1, 500) i",
                "CREATE TABLE app.beside (id int PRIMARY KEY, note text)",
                "CREATE TABLE app.gone (id int PRIMARY KEY)");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();

        pair.inOneTransaction(
                "INSERT INTO app.item VALUES (501, 'as it was', 'high', 1, 'old')",
                "ALTER TABLE app.item ADD COLUMN at timestamptz NOT NULL DEFAULT now(), DROP COLUMN old",
                "INSERT INTO app.item VALUES (502, 'wider', 'low', 2, '2020-02-02 02:02:02+00')",
                "ALTER TABLE app.item RENAME COLUMN amount TO total",
                "UPDATE app.item SET total = total + 1 WHERE id <= 10");
        pair.onSource(
                "ALTER TABLE app.item ALTER COLUMN total TYPE bigint, ALTER COLUMN note TYPE text,"
                        + " ALTER COLUMN note SET NOT NULL, ALTER COLUMN note SET DEFAULT 'new'",
                "INSERT INTO app.item VALUES (503, 'a note that is longer than twenty characters', 'low', 5000000000)",
                "ALTER TYPE app.mood ADD VALUE 'middle' AFTER 'low'",
                "ALTER TYPE app.mood RENAME VALUE 'low' TO 'lowest'",
                "UPDATE app.item SET feeling = 'middle' WHERE id = 3",
                "DROP INDEX app.item_note",
                "CREATE UNIQUE INDEX item_total_note ON app.item (lower(note), total) WHERE id > 0",
                "ALTER TABLE app.item ADD CONSTRAINT positive CHECK (id > 0)",
                "ALTER TABLE app.item RENAME CONSTRAINT positive TO positive_id",
                "ALTER INDEX app.item_total_note RENAME TO item_by_total",
                "ALTER TABLE app.beside RENAME COLUMN id TO number",
                "ALTER TABLE app.beside ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY",
                "INSERT INTO app.beside DEFAULT VALUES",
                "UPDATE app.beside SET note = 'a key that is always generated'",
                "DO $$ BEGIN EXECUTE 'ALTER TABLE app.item ADD COLUMN tags text[] DEFAULT ARRAY[]::text[]'; END $$",
                "UPDATE app.item SET tags = '{a,b}' WHERE id = 4",
                "DO $$ BEGIN ALTER TABLE app.item ALTER COLUMN total TYPE numeric; END $$",
                "ALTER TABLE app.item ADD COLUMN old_ones int NOT NULL DEFAULT 5, ALTER COLUMN old_ones SET DEFAULT NULL",
                "ALTER TABLE app.item ADD COLUMN word app.word",
                "DROP TABLE app.gone",
                "CREATE VIEW app.large AS SELECT id, note FROM app.item WHERE total > 100",
                "COMMENT ON TABLE app.item IS 'no change'");
        task.awaitZeroLag();
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        String large = "SELECT count(*) FROM app.large";
        assertThat(pair.askTarget(large)).isEqualTo(pair.askSource(large));
        assertThat(pair.askTarget("SELECT to_regclass('app.gone')")).isEqualTo("null");

        pair.onSource(
                "DROP VIEW app.large",
                "CREATE DOMAIN app.short AS varchar(5) DEFAULT 'x' CHECK (VALUE <> 'y')",
                "CREATE TYPE app.pair AS (a int, \"B b\" text COLLATE \"C\")",
                "CREATE TYPE app.size AS ENUM ('s', 'l')",
                "ALTER TABLE app.item ADD COLUMN size app.size, ADD COLUMN pair app.pair, ADD COLUMN short app.short",
                "UPDATE app.item SET size = 'l', pair = '(1,b)' WHERE id = 5",
                "CREATE MATERIALIZED VIEW app.kept AS SELECT count(*) FROM app.item",
                "ALTER TYPE app.pair ADD ATTRIBUTE c int",
                "ALTER DOMAIN app.short ADD CONSTRAINT longer CHECK (length(VALUE) > 0)");
        task.awaitZeroLag();
        pair.onTarget(
                "ALTER TYPE app.pair ADD ATTRIBUTE c int",
                "ALTER DOMAIN app.short ADD CONSTRAINT longer CHECK (length(VALUE) > 0)");
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        assertThat(pair.askTarget("SELECT to_regclass('app.large')")).isEqualTo("null");
        JsonNode named = task.get("exceptions").path("items");
        assertThat(named.findValuesAsText("operation")).containsOnly("COMMAND");
        assertThat(named.findValuesAsText("table")).containsExactlyInAnyOrder("app.kept", "app.pair", "app.short");
        assertThat(named.toString()).contains("longer CHECK", "c integer", "materialized view app.kept");

        // What the source computed for each row cannot be told; once the target has it, the task goes on.
        pair.onSource("ALTER TABLE app.item ADD COLUMN dice double precision DEFAULT random()");
        String error = task.awaitView(
                        "stopped", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"))
                .toString();
        assertThat(error).contains("SCHEMA_CHANGED", "dice", "random()");
        pair.onSource("UPDATE app.item SET dice = id");
        pair.onTarget(
                "ALTER TABLE app.item ADD COLUMN dice double precision",
                "ALTER TABLE app.item ALTER COLUMN dice SET DEFAULT random()");
        task.action("resume").expect(202);
        task.awaitStreaming();
        task.awaitZeroLag();
        pair.assertEqual("app");
        pair.assertSameStructure("app");

        // A value may be another one without another type, of which nothing in the table's structure tells.
        pair.onSource("ALTER TABLE app.item ALTER COLUMN total TYPE numeric USING total * 100");
        error = task.awaitView("stopped", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"))
                .toString();
        assertThat(error).contains("SCHEMA_CHANGED", "computed anew", "USING total * 100", "app.item");
        ObjectNode reload = Api.JSON.createObjectNode();
        reload.putArray("reload").add("app.item");
        task.post("resume", reload).expect(202);
        task.awaitStreaming();
        task.awaitZeroLag();
        task.awaitTables("beside", "gone", "item");
        pair.assertEqual("app");

        suspendItsTableAlone(pair, task);
        task.end();
    }

    /** As its user wants it from now on. */
    private static void suspendItsTableAlone(Pair pair, Task task) {
        ObjectNode patch = Api.JSON.createObjectNode();
        patch.putObject("changes").put("tableError", "SUSPEND_TABLE");
        task.patch(patch).expect(200);
        pair.onSource("ALTER TABLE app.item ADD COLUMN more double precision DEFAULT random()");
        JsonNode why = task.awaitTable("item", "SUSPENDED").path("suspension");
        assertThat(why.path("code").asText()).isEqualTo("SCHEMA_CHANGED");
        assertThat(why.path("statement").asText()).contains("ADD COLUMN more");
        pair.inOneTransaction("INSERT INTO app.beside DEFAULT VALUES", "DELETE FROM app.item WHERE id = 20");
        task.awaitZeroLag();
        assertThat(pair.askTarget("SELECT count(*) FROM app.beside")).isEqualTo("2");
        assertThat(pair.askTarget("SELECT count(*) FROM app.item WHERE id = 20"))
                .isEqualTo("1");
        task.post("cutover", Api.JSON.createObjectNode()).assertProblem("TABLE_SUSPENDED");
        JsonNode exception = exception(task, why.path("exception").asInt());
        assertThat(exception.path("state").asText()).isEqualTo("OPEN");
        assertThat(exception.path("operation").asText()).isEqualTo("DDL");
        assertThat(exception.path("statement")).isEqualTo(why.path("statement"));

        pair.onSource("UPDATE app.item SET more = id");
        pair.onTarget(
                "ALTER TABLE app.item ADD COLUMN more double precision",
                "ALTER TABLE app.item ALTER COLUMN more SET DEFAULT random()");
        task.action("exceptions/" + exception.path("number").asText() + "/retry")
                .expect(202);
        task.awaitTable("item", "DONE");
        task.awaitZeroLag();
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        assertThat(exception(task, why.path("exception").asInt()).path("state").asText())
                .isEqualTo("RETRIED");
    }

    private static JsonNode exception(Task task, int number) {
        for (JsonNode each : task.get("exceptions?limit=200").path("items")) {
            if (each.path("number").asInt() == number) {
                return each;
            }
        }
        throw new AssertionError("there is no exception " + number);
    }

    /** The rules of the task choose them; what cannot join is named, and stops nothing. */
    @Test
    void tablesThatAreMadeJoinTheTask(Sluice sluice) {
        Pair pair = Pair.create(sluice, "ddl_new_tables");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.item (id int PRIMARY KEY, note text)",
                "CREATE UNIQUE INDEX item_note ON app.item (note)",
                "INSERT INTO app.item VALUES (1, 'a')");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();

        pair.onSource(
                "CREATE TABLE app.fresh (id int PRIMARY KEY, v text)",
                "INSERT INTO app.fresh SELECT i, 'v' FROM generate_series(1, 100) i",
                "CREATE TABLE app.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (0) TO (100)",
                "INSERT INTO app.parts VALUES (7)");
        task.awaitTables("fresh", "item", "parts");
        pair.onSource(
                "ALTER TABLE app.fresh ADD COLUMN w int DEFAULT 5",
                "UPDATE app.fresh SET w = 6 WHERE id < 10",
                "CREATE TABLE app.parts_2 PARTITION OF app.parts FOR VALUES FROM (100) TO (200)",
                "INSERT INTO app.parts VALUES (150)",
                "DROP TABLE app.parts_1",
                "BEGIN; CREATE TABLE app.keyless (v text); CREATE TABLE app.beside (id int PRIMARY KEY);"
                        + " INSERT INTO app.beside VALUES (1); COMMIT");
        await("what cannot join is named")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(
                        () -> assertThat(task.events().toString()).contains("app.keyless", "cannot join the task"));
        pair.onSource("INSERT INTO app.item VALUES (2, 'b')");
        task.awaitZeroLag();
        task.awaitTables("beside", "fresh", "item", "parts");
        assertThat(pair.askTarget("SELECT to_regclass('app.keyless')")).isEqualTo("null");
        assertThat(pair.askTarget("SELECT to_regclass('app.parts_1')")).isEqualTo("null");
        pair.onSource("DROP TABLE app.keyless");
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        task.end();
    }
}
