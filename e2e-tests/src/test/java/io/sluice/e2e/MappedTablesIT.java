package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

/** Other names, fewer columns, fewer rows and other values on the target: the same in the load and in the stream. */
@EndToEnd
class MappedTablesIT {

    private static final String SOURCE_ROWS = """
            SELECT string_agg(format('%s|%s|%s|%s', id, amount, note || '!' || coalesce(secret, '-'), region), E'\n' ORDER BY id)
            FROM app."Orders" WHERE region = 'eu' AND amount > 10 AND amount <> 13""";

    private static final String TARGET_ROWS = """
            SELECT string_agg(format('%s|%s|%s|%s', key, total, note, region), E'\n' ORDER BY key) FROM crm.sales""";

    @Test
    void rowsAreRenamedFilteredTransformedAndLeftOutAlikeInLoadAndStream(Sluice sluice) {
        Pair pair = Pair.create(sluice, "mapped_tables");
        pair.onSource(
                "CREATE SCHEMA app",
                """
                CREATE TABLE app."Orders" (id bigint PRIMARY KEY, amount numeric, note text, secret text, region text,
                    UNIQUE (note))""",
                "ALTER TABLE app.\"Orders\" REPLICA IDENTITY FULL",
                "CREATE INDEX orders_amount ON app.\"Orders\" (amount)",
                "CREATE INDEX orders_secret ON app.\"Orders\" (secret)",
                """
                INSERT INTO app."Orders" SELECT n, n % 40, 'note ' || n || repeat('x', CASE n % 50 WHEN 0 THEN 9000 ELSE 0 END),
                    'secret', CASE n % 3 WHEN 0 THEN 'eu' ELSE 'us' END FROM generate_series(1, 3000) AS n""",
                "CREATE TABLE app.plain (id int PRIMARY KEY, t text)",
                "INSERT INTO app.plain VALUES (1, 'a'), (2, 'b')");

        Task task = Task.create(pair, spec(pair));
        task.start();
        task.awaitStreaming();
        assertThat(pair.askTarget(TARGET_ROWS))
                .isEqualTo(pair.askSource(SOURCE_ROWS))
                .contains("|eu");

        pair.onSource(
                "INSERT INTO app.\"Orders\" VALUES (10001, 11, 'in', 's', 'eu'), (10002, 11, 'out', 's', 'us')",
                "UPDATE app.\"Orders\" SET amount = 39 WHERE id = 10001",
                "UPDATE app.\"Orders\" SET region = 'eu', amount = 12 WHERE id BETWEEN 100 AND 200",
                "UPDATE app.\"Orders\" SET region = 'us' WHERE id BETWEEN 300 AND 400",
                "UPDATE app.\"Orders\" SET amount = 13 WHERE id BETWEEN 900 AND 950",
                "UPDATE app.\"Orders\" SET amount = 14 WHERE amount = 13 AND id BETWEEN 2000 AND 2900",
                "UPDATE app.\"Orders\" SET id = id + 100000 WHERE id BETWEEN 500 AND 600",
                "DELETE FROM app.\"Orders\" WHERE id BETWEEN 700 AND 800",
                "INSERT INTO app.plain VALUES (3, 'c')",
                "UPDATE app.plain SET t = 'z' WHERE id = 1");
        task.awaitZeroLag();

        assertThat(pair.askTarget(TARGET_ROWS))
                .isEqualTo(pair.askSource(SOURCE_ROWS))
                .contains("10001|39|in!s");
        assertThat(pair.askTarget("SELECT string_agg(id || t, ',' ORDER BY id) FROM app.plain"))
                .isEqualTo("1z,2b,3c");
        assertThat(pair.askTarget("""
                        SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns
                        WHERE table_schema = 'crm' AND table_name = 'sales'""")).isEqualTo("key,total,note,region");
        assertThat(pair.askTarget(
                        "SELECT count(*) FROM pg_indexes WHERE schemaname = 'crm' AND indexdef LIKE '%(total)%'"))
                .isEqualTo("1");
        task.end();
    }

    private static ObjectNode spec(Pair pair) {
        ObjectNode spec = Task.spec(pair, "app");
        ArrayNode include = (ArrayNode) spec.path("objects").path("include");
        ObjectNode orders = include.addObject()
                .put("schema", "app")
                .put("table", "Orders")
                .put("targetSchema", "crm")
                .put("targetTable", "sales")
                .put("filter", "region = 'eu' AND amount > 10");
        ObjectNode columns = orders.putObject("columns");
        columns.putArray("exclude").add("secret");
        columns.putObject("rename").put("id", "key").put("amount", "total");
        spec.putArray("transforms")
                .addObject()
                .put("table", "app.Orders")
                .put(
                        "expression",
                        "row.amount == \"13\" ? null : {\"note\": row.note + \"!\" + (row.secret == null ? \"-\" : row.secret)}");
        return spec;
    }
}
