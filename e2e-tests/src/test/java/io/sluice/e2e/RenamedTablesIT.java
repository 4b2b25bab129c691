package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tables get other names at the source while the task runs: the target's follow, with the rows that they have. */
@EndToEnd
class RenamedTablesIT {

    @Test
    void tablesThatAreRenamedGoOnUnderTheirNewNames(Sluice sluice) {
        Pair pair = Pair.create(sluice, "renamed_tables");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE SCHEMA more",
                "CREATE TYPE more.mood AS ENUM ('low', 'high')",
                "CREATE TABLE more.felt (id int PRIMARY KEY, feeling more.mood DEFAULT 'low', feelings more.mood[])",
                "INSERT INTO more.felt (id) SELECT generate_series(1, 20)",
                "CREATE VIEW more.lowly AS SELECT id FROM more.felt WHERE feeling = 'low'",
                "CREATE TABLE app.orders (id serial PRIMARY KEY, note text)",
                "CREATE INDEX orders_note ON app.orders (note)",
                "CREATE TABLE app.lines (id int PRIMARY KEY, of int REFERENCES app.orders)",
                "CREATE TABLE app.blue (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)",
                "CREATE TABLE app.green (id int PRIMARY KEY, v text, more text)",
                "CREATE TABLE app.live (id int PRIMARY KEY, v text)",
                "CREATE TABLE app.next (id int PRIMARY KEY, v text, w text)",
                "INSERT INTO app.live VALUES (1, 'old')",
                "CREATE TABLE app.fixed (id int PRIMARY KEY, v text, secret text)",
                "CREATE TABLE more.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE more.parts_1 PARTITION OF more.parts FOR VALUES FROM (0) TO (1000)",
                "CREATE TABLE more.heap (v text)",
                "ALTER TABLE more.heap REPLICA IDENTITY FULL",
                "CREATE VIEW more.seen AS SELECT v FROM more.heap",
                "INSERT INTO app.orders (note) SELECT 'row ' || i FROM generate_series(1, 500) i",
                "INSERT INTO app.lines SELECT i, i FROM generate_series(1, 500) i",
                "INSERT INTO app.blue (v) SELECT 'blue' FROM generate_series(1, 100)",
                "INSERT INTO app.green SELECT i, 'green', 'x' FROM generate_series(1, 50) i",
                "INSERT INTO app.fixed VALUES (1, 'a', 'b')",
                "INSERT INTO more.parts SELECT generate_series(1, 100)",
                "INSERT INTO more.heap SELECT 'same' FROM generate_series(1, 5)");
        Task task = Task.create(pair, spec(pair));
        task.start();
        task.awaitStreaming();
        String orders = oid(pair, "app.orders");
        String blue = oid(pair, "app.blue");
        String heap = oid(pair, "more.heap");

        pair.inOneTransaction(
                "INSERT INTO app.orders (note) VALUES ('as it was')",
                "ALTER TABLE app.orders RENAME TO purchases",
                "INSERT INTO app.purchases (note) VALUES ('under the new name')",
                "ALTER TABLE app.purchases ADD COLUMN extra int DEFAULT 7",
                "ALTER INDEX app.orders_pkey RENAME TO purchases_pkey",
                "ALTER INDEX app.orders_note RENAME TO purchases_note",
                "UPDATE app.purchases SET extra = id WHERE id < 10",
                "CREATE TABLE app.orders (id int PRIMARY KEY, other text)",
                "INSERT INTO app.orders VALUES (1, 'another table')",
                "DELETE FROM app.lines WHERE id = 500",
                "DELETE FROM app.purchases WHERE id = 500");
        pair.inOneTransaction(
                "INSERT INTO app.blue (v) VALUES ('blue')",
                "ALTER TABLE app.blue RENAME TO passing",
                "ALTER TABLE app.green RENAME TO blue",
                "ALTER TABLE app.passing RENAME TO green",
                "INSERT INTO app.blue VALUES (51, 'was green', 'x')",
                "INSERT INTO app.green (v) VALUES ('was blue')");
        pair.inOneTransaction(
                "INSERT INTO app.next SELECT id, v, 'new' FROM app.live",
                "ALTER TABLE app.live RENAME TO live_before",
                "ALTER TABLE app.next RENAME TO live",
                "DROP TABLE app.live_before",
                "INSERT INTO app.live VALUES (2, 'newer', 'w')");
        pair.onSource(
                "UPDATE app.green SET v = 'still blue' WHERE id = 7",
                "ALTER TABLE app.fixed RENAME TO loose",
                "INSERT INTO app.loose VALUES (2, 'c', 'd')",
                "CREATE SCHEMA old",
                "ALTER TABLE app.lines SET SCHEMA old",
                "INSERT INTO old.lines VALUES (600, 1)",
                "ALTER SCHEMA more RENAME TO most",
                "INSERT INTO most.parts VALUES (500)",
                "UPDATE most.felt SET feelings = '{high,low}' WHERE id < 5",
                "DELETE FROM most.heap WHERE ctid = (SELECT min(ctid) FROM most.heap)");
        task.awaitTables(
                "blue",
                "felt",
                "green",
                "heap",
                "lines",
                "live",
                "live_before",
                "loose",
                "orders",
                "parts",
                "purchases");
        pair.onSource(
                "INSERT INTO app.orders VALUES (2, 'in the stream')",
                "INSERT INTO app.purchases (note) VALUES ('later')",
                "ALTER TYPE most.mood ADD VALUE 'middle' BEFORE 'high'",
                "ALTER TABLE most.felt ADD COLUMN other most.mood DEFAULT 'middle'",
                "ALTER TABLE most.parts ADD COLUMN w int",
                "CREATE TABLE most.parts_2 PARTITION OF most.parts FOR VALUES FROM (1000) TO (2000)",
                "INSERT INTO most.parts VALUES (1500, 1)");
        task.awaitZeroLag();

        assertThat(pair.askTarget("SELECT string_agg(v || coalesce(note, ''), ' ' ORDER BY v) FROM app.kept"))
                .isEqualTo("ab cd");
        pair.onSource("ALTER TABLE app.loose DROP COLUMN secret", "DROP TABLE app.loose");
        task.awaitZeroLag();
        for (String schema : new String[] {"app", "most", "old"}) {
            pair.assertEqual(schema);
        }
        // They are the tables that they were.
        assertThat(oid(pair, "app.purchases")).isEqualTo(orders);
        assertThat(oid(pair, "app.green")).isEqualTo(blue);
        assertThat(oid(pair, "most.heap")).isEqualTo(heap);
        assertThat(task.events().toString()).contains("renamed at the source: app.orders to app.purchases");
        assertThat(task.view().path("structureFailures").asInt()).isZero();
        task.end();
        for (String schema : new String[] {"app", "most", "old"}) {
            pair.assertSameStructure(schema);
        }
    }

    /** What they have not got by then comes under the old name, and is theirs all the same. */
    @Test
    void tablesThatTheStreamPassesOverAreRenamedToo(Sluice sluice) {
        Pair pair = Pair.create(sluice, "renamed_apart");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.stopped (id int PRIMARY KEY, v text)",
                "CREATE TABLE app.again (id int PRIMARY KEY, v text)",
                "CREATE TABLE app.beside (id int PRIMARY KEY)",
                "INSERT INTO app.stopped SELECT i, 'v' FROM generate_series(1, 100) i",
                "INSERT INTO app.again SELECT i, repeat('v', 100) FROM generate_series(1, 200000) i");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        ((ObjectNode) spec.path("changes")).put("tableError", "SUSPEND_TABLE");
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();

        pair.onSource("ALTER TABLE app.stopped ADD COLUMN dice float8 DEFAULT random()");
        int number = task.awaitTable("stopped", "SUSPENDED")
                .path("suspension")
                .path("exception")
                .asInt();
        task.action("tables/app.again/reload").expect(202);
        pair.onSource(
                "UPDATE app.stopped SET dice = id",
                "INSERT INTO app.stopped VALUES (101, 'before', 1)",
                "ALTER TABLE app.stopped RENAME TO halted",
                "INSERT INTO app.halted VALUES (102, 'after', 2)",
                "UPDATE app.again SET v = 'changed' WHERE id % 100 = 0",
                "ALTER TABLE app.again RENAME TO anew",
                "DELETE FROM app.anew WHERE id < 100",
                "INSERT INTO app.beside VALUES (1)");
        task.awaitTable("anew", "DONE");
        pair.onTarget(
                "ALTER TABLE app.halted ADD COLUMN dice float8",
                "ALTER TABLE app.halted ALTER COLUMN dice SET DEFAULT random()");
        task.action("exceptions/" + number + "/retry").expect(202);
        task.awaitTable("halted", "DONE");
        pair.onSource("INSERT INTO app.halted VALUES (103, 'in the stream', 3)", "INSERT INTO app.anew VALUES (0)");
        task.awaitZeroLag();
        task.awaitTables("anew", "beside", "halted");
        pair.assertEqual("app");
        pair.assertSameStructure("app");
        task.end();
    }

    @Test
    void refusedRowsHoldTheirLaterChangesBackUnderTheNewName(Sluice sluice) {
        Pair pair = Pair.create(sluice, "renamed_refused");
        pair.onSource("CREATE SCHEMA app", "CREATE TABLE app.item (id int PRIMARY KEY, v text)");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onTarget("ALTER TABLE app.item ADD CONSTRAINT none CHECK (v <> 'refused')");
        pair.onSource(
                "INSERT INTO app.item VALUES (5, 'refused')",
                "ALTER TABLE app.item RENAME TO thing",
                "UPDATE app.thing SET v = 'newer' WHERE id = 5",
                "INSERT INTO app.thing VALUES (6, 'another')");
        task.awaitTables("thing");
        task.awaitZeroLag();
        assertThat(pair.askTarget("SELECT string_agg(id || v, ' ' ORDER BY id) FROM app.thing"))
                .isEqualTo("6another");
        JsonNode exceptions = task.get("exceptions").path("items");
        assertThat(exceptions.findValuesAsText("table")).containsExactly("app.thing", "app.thing");
        pair.onTarget("ALTER TABLE app.thing DROP CONSTRAINT none");
        exceptions
                .findValuesAsText("number")
                .forEach(
                        number -> task.action("exceptions/" + number + "/retry").expect(202));
        await("the refused rows are there")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(
                        () -> assertThat(pair.askTarget("SELECT string_agg(id || v, ' ' ORDER BY id) FROM app.thing"))
                                .isEqualTo("5newer 6another"));
        pair.assertEqual("app");
        task.end();
    }

    /** A name that is taken on the target is said, and once it is free the task goes on. */
    @Test
    void aNameThatIsTakenIsSaid(Sluice sluice) {
        Pair pair = Pair.create(sluice, "renamed_to_taken");
        pair.onSource("CREATE SCHEMA app", "CREATE TABLE app.item (id int PRIMARY KEY)");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onTarget("CREATE TABLE app.thing (id int)");
        pair.onSource("ALTER TABLE app.item RENAME TO thing", "INSERT INTO app.thing VALUES (1)");
        JsonNode failed =
                task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));
        assertThat(failed.path("error").path("code").asText()).isEqualTo("SCHEMA_CHANGED");
        assertThat(failed.path("error").path("detail").asText())
                .contains("app.item was renamed to app.thing", "exists");
        pair.onTarget("DROP TABLE app.thing");
        task.action("resume").expect(202);
        task.awaitTables("thing");
        task.awaitZeroLag();
        pair.assertEqual("app");
        task.end();
    }

    private static String oid(Pair pair, String table) {
        return pair.askTarget("SELECT '" + table + "'::regclass::oid");
    }

    /** A table whose name on the target was chosen, and one column of it left out. */
    private static ObjectNode spec(Pair pair) {
        ObjectNode spec = Task.spec(pair, "app");
        ArrayNode include = (ArrayNode) spec.path("objects").path("include");
        include.addObject().put("schema", "more").put("table", "*");
        ObjectNode fixed = include.addObject();
        fixed.put("schema", "app").put("table", "fixed").put("targetTable", "kept");
        fixed.putObject("columns").putObject("rename").put("secret", "note");
        Task.followDdl(spec);
        return spec;
    }
}
