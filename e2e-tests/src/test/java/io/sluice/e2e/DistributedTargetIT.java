package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.CitusGuard;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A target that spreads rows by a column: a PostgreSQL that refuses what Citus refuses. */
@EndToEnd
class DistributedTargetIT {

    @Test
    void rowsAreSpreadAndMoveWhenTheirDistributionColumnChanges(Sluice sluice) {
        Pair pair = Pair.create(sluice, "distributed_target");
        CitusGuard.install(pair.target(), pair.name());
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.country (code text PRIMARY KEY, name text UNIQUE)",
                "INSERT INTO app.country SELECT 'c' || n, 'country ' || n FROM generate_series(1, 20) AS n",
                """
                CREATE TABLE app.orders (tenant int, id int, note text, country text REFERENCES app.country,
                    number int, PRIMARY KEY (tenant, id))""",
                "ALTER TABLE app.orders ALTER note SET STORAGE EXTERNAL",
                """
                INSERT INTO app.orders SELECT n % 10, n, CASE n % 100 WHEN 0 THEN repeat('x', 9000) ELSE 'n' || n END,
                    'c' || 1 + n % 20, n FROM generate_series(1, 2000) AS n""",
                "CREATE TABLE app.visit (who text, n int)",
                "ALTER TABLE app.visit REPLICA IDENTITY FULL",
                "INSERT INTO app.visit SELECT 'w' || n % 3, n % 2 FROM generate_series(1, 60) AS n");

        Task task = Task.create(pair, spec(pair));
        task.start();
        task.awaitStreaming();
        pair.assertEqual("app");
        String spread = """
                SELECT string_agg(logicalrelid || ' ' || coalesce(column_to_column_name(logicalrelid, partkey), '*'),
                    ', ' ORDER BY partkey) FROM pg_dist_partition""";
        assertThat(pair.askTarget(spread)).isEqualTo("app.orders tenant, app.visit who, app.country *");

        pair.onSource(
                "UPDATE app.orders SET tenant = tenant + 100 WHERE id % 50 = 0",
                "UPDATE app.orders SET tenant = 7, note = 'moved' WHERE id BETWEEN 301 AND 320",
                "UPDATE app.orders SET country = 'c3' WHERE id BETWEEN 500 AND 900",
                "UPDATE app.orders SET note = repeat('y', 9000), tenant = 8 WHERE id = 1000",
                "DELETE FROM app.orders WHERE id % 13 = 0",
                "DELETE FROM app.visit WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w1' LIMIT 7)",
                "UPDATE app.visit SET who = 'w9' WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w2' LIMIT 4)",
                "UPDATE app.country SET name = name || '!'");
        task.awaitZeroLag();

        pair.assertEqual("app");
        whatSomebodyDidToTheTargetIsFoundAndRepaired(pair, task.comparisons());
        task.end();
    }

    private static void whatSomebodyDidToTheTargetIsFoundAndRepaired(Pair pair, Comparisons comparisons) {
        for (String kind : List.of("OBJECTS", "ROW_COUNT", "CONTENT")) {
            JsonNode equal = comparisons.compare(kind);
            assertThat(equal.path("result").asText()).as(equal.toString()).isEqualTo("EQUAL");
        }
        pair.onTarget(
                "UPDATE app.country SET name = 'other' WHERE code = 'c4'",
                "DELETE FROM app.country WHERE code = 'c5'",
                "UPDATE app.orders SET note = 'other' WHERE id BETWEEN 201 AND 205",
                "DELETE FROM app.orders WHERE id BETWEEN 401 AND 430",
                "INSERT INTO app.orders VALUES (3, 100000, 'extra', 'c1', 1)",
                // A row that somebody has moved to another node.
                "WITH gone AS (DELETE FROM app.orders WHERE id = 101 RETURNING *)"
                        + " INSERT INTO app.orders SELECT 55, id, note, country, number FROM gone",
                "INSERT INTO app.visit VALUES ('w9', 1)");
        assertThat(tables(comparisons.compare("ROW_COUNT"), "state"))
                .isEqualTo(Map.of("app.country", "DIFFERENT", "app.orders", "DIFFERENT", "app.visit", "DIFFERENT"));
        JsonNode content = comparisons.compare("CONTENT");
        // Multiples of 13 have been deleted at the source: 403, 416 and 429.
        assertThat(tables(content, "missing"))
                .isEqualTo(Map.of("app.country", "1", "app.orders", "28", "app.visit", "0"));
        assertThat(tables(content, "extra")).isEqualTo(Map.of("app.country", "0", "app.orders", "2", "app.visit", "1"));
        assertThat(tables(content, "changed"))
                .isEqualTo(Map.of("app.country", "1", "app.orders", "5", "app.visit", "0"));

        JsonNode repair = comparisons.repair();
        assertThat(tables(repair, "repaired"))
                .as(repair.toString())
                .isEqualTo(Map.of("app.country", "2", "app.orders", "35", "app.visit", "0"));
        assertThat(tables(repair, "refused")).containsEntry("app.visit", "1");
        JsonNode left = comparisons.compare("CONTENT");
        assertThat(tables(left, "state"))
                .as(left.toString())
                .isEqualTo(Map.of("app.country", "EQUAL", "app.orders", "EQUAL", "app.visit", "DIFFERENT"));
        pair.onTarget(
                "DELETE FROM app.visit WHERE ctid = (SELECT ctid FROM app.visit WHERE who = 'w9' AND n = 1 LIMIT 1)");
        assertThat(comparisons.compare("CONTENT").path("result").asText()).isEqualTo("EQUAL");
    }

    /** One field of each table. */
    private static Map<String, String> tables(JsonNode view, String field) {
        Map<String, String> tables = new TreeMap<>();
        for (JsonNode table : view.path("tables")) {
            tables.put(table.path("target").asText(), table.path(field).asText());
        }
        return tables;
    }

    private static ObjectNode spec(Pair pair) {
        ObjectNode spec = Task.spec(pair, "app");
        ((ObjectNode) spec.path("target")).put("dialect", "citus");
        ArrayNode include = (ArrayNode) spec.path("objects").path("include");
        hash(include, "orders", "tenant");
        hash(include, "visit", "who");
        table(include, "country").putObject("distribution").put("kind", "REPLICATION");
        return spec;
    }

    private static void hash(ArrayNode include, String table, String column) {
        table(include, table)
                .putObject("distribution")
                .put("kind", "HASH")
                .putArray("columns")
                .add(column);
    }

    private static ObjectNode table(ArrayNode include, String table) {
        return include.addObject().put("schema", "app").put("table", table);
    }
}
