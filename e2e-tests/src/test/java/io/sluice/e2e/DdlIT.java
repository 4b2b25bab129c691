package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The source's structure changes while the task runs, and the target's with it. */
@EndToEnd
class DdlIT {

    private static final String VIEWS_AND_TYPES = """
            SELECT string_agg(line, E'\n' ORDER BY line) FROM (
                SELECT format('%s %s %s %s', c.relkind, c.oid::regclass, pg_get_viewdef(c.oid), c.reloptions)
                FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('v', 'm')
              UNION ALL
                SELECT format('%s %s %s %s', t.typtype, t.oid::regtype, t.typdefault, t.typnotnull)
                FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE t.typnamespace = 'app'::regnamespace AND (t.typrelid = 0 OR c.relkind = 'c')
              UNION ALL
                SELECT format('%s %s %s', a.attrelid::regclass, a.attname, a.atttypid::regtype)
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'
                WHERE c.relnamespace = 'app'::regnamespace AND NOT a.attisdropped
              UNION ALL
                SELECT format('%s %s %s', k.contypid::regtype, k.conname, pg_get_constraintdef(k.oid))
                FROM pg_constraint k WHERE k.contypid <> 0 AND k.contype = 'c') AS found (line)""";

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
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        assertThat(pair.askTarget("SELECT to_regclass('app.large')")).isEqualTo("null");
        assertThat(pair.askTarget(VIEWS_AND_TYPES)).isEqualTo(pair.askSource(VIEWS_AND_TYPES));
        assertThat(task.get("exceptions").path("items")).isEmpty();

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

    @Test
    void viewsAndTypesFollowTheirNamesAndChanges(Sluice sluice) {
        Pair pair = Pair.create(sluice, "ddl_views_types");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE SCHEMA types",
                "CREATE TYPE types.mood AS ENUM ('low', 'high')",
                "CREATE TYPE app.pair AS (a int, b text)",
                "CREATE DOMAIN app.word AS text DEFAULT 'none' CONSTRAINT filled CHECK (VALUE <> '')",
                "CREATE DOMAIN app.words AS text[] CHECK (cardinality(VALUE) < 9)",
                "CREATE TABLE app.item (id int PRIMARY KEY, feeling types.mood, feelings types.mood[], pair app.pair,"
                        + " word app.word, words app.words, extra int)",
                "INSERT INTO app.item SELECT i, 'low', '{low,high}', ROW(i, 'b')::app.pair, 'w', '{w}' FROM generate_series(1, 50) i",
                "CREATE VIEW app.some AS SELECT id, feeling FROM app.item WHERE id < 20",
                "CREATE MATERIALIZED VIEW app.kept AS SELECT feeling, count(*) FROM app.item GROUP BY feeling",
                "CREATE DOMAIN app.unused AS int");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();

        pair.onSource(
                "ALTER TYPE types.mood RENAME TO feeling",
                "INSERT INTO app.item VALUES (100, 'high', '{high}', '(1,x)', 'w', '{w,v}')",
                "ALTER TYPE types.feeling ADD VALUE 'middle' AFTER 'low'",
                "ALTER TYPE types.feeling SET SCHEMA app",
                "UPDATE app.item SET feeling = 'middle', feelings = '{middle,low}' WHERE id = 3",
                "ALTER TABLE app.item ADD COLUMN other app.feeling DEFAULT 'middle'",
                "ALTER TYPE app.pair ADD ATTRIBUTE c numeric, DROP ATTRIBUTE a",
                "UPDATE app.item SET pair = '(y,2.50)' WHERE id = 4",
                "ALTER TYPE app.pair RENAME ATTRIBUTE b TO \"B b\"",
                "ALTER TYPE app.pair RENAME TO \"Pair\"",
                "UPDATE app.item SET pair = '(z,3)' WHERE id = 5",
                "ALTER DOMAIN app.word RENAME TO term",
                "ALTER DOMAIN app.term SET DEFAULT 'some'",
                "ALTER DOMAIN app.term DROP CONSTRAINT filled",
                "ALTER DOMAIN app.term ADD CONSTRAINT shorter CHECK (length(VALUE) < 100) NOT VALID",
                "ALTER DOMAIN app.term VALIDATE CONSTRAINT shorter",
                "ALTER DOMAIN app.term RENAME CONSTRAINT shorter TO short",
                "INSERT INTO app.item (id, word, words) VALUES (101, '', '{\"\",x}')",
                "ALTER TABLE app.item ADD COLUMN term app.term NOT NULL",
                "CREATE TYPE app.span AS RANGE (subtype = float8, multirange_type_name = app.spans)",
                "ALTER TABLE app.item ADD COLUMN spans app.spans",
                "UPDATE app.item SET spans = '{[1,2),[3,4.5)}' WHERE id = 6",
                "DROP DOMAIN app.unused",
                "ALTER VIEW app.some RENAME TO few",
                "CREATE VIEW app.fewer AS SELECT id FROM app.few WHERE id < 10",
                "ALTER MATERIALIZED VIEW app.kept RENAME TO counted",
                "CREATE MATERIALIZED VIEW app.summed AS SELECT sum(id) FROM app.item",
                "CREATE MATERIALIZED VIEW app.later AS SELECT 1 AS one FROM app.item WITH NO DATA",
                "ALTER VIEW app.few RENAME COLUMN feeling TO felt",
                "ALTER MATERIALIZED VIEW app.counted RENAME COLUMN count TO n",
                "ALTER VIEW app.few SET (security_barrier)",
                "CREATE TYPE types.kind AS ENUM ('x')",
                "ALTER SCHEMA types RENAME TO kinds",
                "ALTER TABLE app.item ALTER COLUMN extra TYPE bigint");
        task.awaitZeroLag();
        pair.assertEqual("app");
        assertThat(task.get("exceptions").path("items")).isEmpty();
        assertThat(pair.askTarget(VIEWS_AND_TYPES))
                .isEqualTo(pair.askSource(VIEWS_AND_TYPES))
                .contains("fewer", "short CHECK", "Pair");
        for (String ask : List.of("SELECT sum(id) FROM app.fewer", "SELECT * FROM app.summed")) {
            assertThat(pair.askTarget(ask)).isEqualTo(pair.askSource(ask));
        }

        // What hangs on a table goes with it, and no view keeps a column.
        pair.onSource(
                "ALTER TABLE app.item DROP COLUMN feeling CASCADE",
                "CREATE TYPE app.outer AS (pair app.\"Pair\", n int)",
                "ALTER TABLE app.item ADD COLUMN outer_one app.outer",
                "UPDATE app.item SET outer_one.n = 5 WHERE id < 4",
                "DROP TYPE app.\"Pair\" CASCADE",
                "UPDATE app.item SET outer_one = '(6)' WHERE id = 3",
                "DROP MATERIALIZED VIEW app.later",
                "CREATE TABLE app.brief (id int PRIMARY KEY)",
                "CREATE VIEW app.glance AS SELECT * FROM app.item");
        task.awaitZeroLag();
        task.awaitTables("brief", "item");
        pair.onSource("DROP TABLE app.item CASCADE", "INSERT INTO app.brief VALUES (1)");
        task.awaitZeroLag();
        pair.assertEqual("app");
        assertThat(task.get("exceptions").path("items")).isEmpty();
        assertThat(pair.askTarget(VIEWS_AND_TYPES)).isEqualTo(pair.askSource(VIEWS_AND_TYPES));
        task.end();
    }

    /** Where all of a schema goes to another one, names in commands are the target's. */
    @Test
    void commandsGoAlongWithTheirSchema(Sluice sluice) {
        Pair pair = Pair.create(sluice, "ddl_schema");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TYPE app.mood AS ENUM ('low', 'high')",
                "CREATE TABLE app.item (id int PRIMARY KEY, feeling app.mood)",
                "INSERT INTO app.item SELECT i, 'low' FROM generate_series(1, 50) i");
        ObjectNode spec = Task.spec(pair, "app");
        ((ObjectNode) spec.path("objects").path("include").path(0)).put("targetSchema", "there");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onSource(
                "ALTER TYPE app.mood ADD VALUE 'middle' BEFORE 'high'",
                "CREATE DOMAIN app.size AS int CHECK (VALUE > 0)",
                "CREATE TYPE app.couple AS (feeling app.mood, size app.size)",
                "ALTER TABLE app.item ADD COLUMN other app.mood DEFAULT 'middle', ADD COLUMN sizes app.size[],"
                        + " ADD COLUMN couple app.couple",
                "ALTER TYPE app.couple ADD ATTRIBUTE moods app.mood[]",
                "UPDATE app.item SET sizes = '{1,2}', couple = ROW('low', 3, '{high,middle}') WHERE id < 10",
                "CREATE VIEW app.large AS SELECT id, other FROM app.item WHERE other = 'middle'::app.mood",
                "CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.large");
        task.awaitZeroLag();
        assertThat(task.get("exceptions").path("items")).isEmpty();
        for (String rows : List.of("%s.item ORDER BY id", "%s.large ORDER BY id", "%s.counted")) {
            String sql = "SELECT string_agg(t::text, ',') FROM (SELECT * FROM " + rows + ") t";
            assertThat(pair.askTarget(sql.formatted("there"))).isEqualTo(pair.askSource(sql.formatted("app")));
        }
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
