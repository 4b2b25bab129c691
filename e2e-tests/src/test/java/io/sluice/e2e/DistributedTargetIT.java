package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.CitusGuard;
import java.util.List;
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
        for (String kind : List.of("OBJECTS", "ROW_COUNT", "CONTENT")) {
            JsonNode equal = task.comparisons().compare(kind);
            assertThat(equal.path("result").asText()).as(equal.toString()).isEqualTo("EQUAL");
        }
        task.end();
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
