package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

@EndToEnd
class ReplacedTableIT {

    @Test
    void aTableInThePlaceOfAnotherIsNamedAndLoadedAnewWhenAsked(Sluice sluice) {
        Pair pair = Pair.create(sluice, "replaced_table");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "CREATE TABLE app.lines (id int PRIMARY KEY)",
                "INSERT INTO app.orders VALUES (1, 10), (2, 20)");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();

        pair.onSource(
                "ALTER TABLE app.orders RENAME TO orders_of_then",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders VALUES (2, 21), (3, 30)",
                "INSERT INTO app.lines VALUES (1)");
        JsonNode failed =
                task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));
        assertThat(failed.path("error").path("code").asText()).isEqualTo("SCHEMA_CHANGED");
        assertThat(failed.path("error").path("detail").asText()).contains("app.orders", "reload");
        task.action("resume").expect(202);
        task.awaitView(
                "failed again", view -> view.path("error").path("code").asText().equals("SCHEMA_CHANGED"));

        assertThat(task.post("resume", reload("app.nothing")).status()).isEqualTo(404);
        task.post("resume", reload("app.orders")).expect(202);
        pair.onSource("UPDATE app.orders SET amount = 22 WHERE id = 2", "INSERT INTO app.lines VALUES (2)");
        task.awaitView(
                "in step",
                view -> view.path("state").asText().equals("INCREMENTAL_SYNC")
                        && task.progress().path("tables").findValuesAsText("state").stream()
                                .allMatch("DONE"::equals));
        pair.onSource("DELETE FROM app.orders WHERE id = 3", "DROP TABLE app.orders_of_then");
        task.awaitZeroLag();

        pair.assertEqual("app");
        assertThat(pair.askTarget("SELECT string_agg(id || ' ' || amount, ', ' ORDER BY id) FROM app.orders"))
                .isEqualTo("2 22");
        task.end();
    }

    private static ObjectNode reload(String table) {
        ObjectNode body = Api.JSON.createObjectNode();
        body.putArray("reload").add(table);
        return body;
    }
}
