package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

@EndToEnd
class SwappedColumnsIT {

    /** Neither changes a name or a type that the target could miss. */
    @Test
    void columnsThatSwapTheirNamesOrAreMadeAnewAreNamedAndTheirTableLoadedAnew(Sluice sluice) {
        Pair pair = Pair.create(sluice, "swapped_columns");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.amounts (id int PRIMARY KEY, net int, \"gross; 1\" int)",
                "CREATE TABLE app.made_anew (id int PRIMARY KEY, note text)",
                "INSERT INTO app.amounts VALUES (1, 10, 11)",
                "INSERT INTO app.made_anew VALUES (1, 'old')");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        pair.onSource("INSERT INTO app.amounts VALUES (2, 20, 21)");
        task.awaitZeroLag();

        pair.onSource(
                "ALTER TABLE app.amounts RENAME net TO other",
                "ALTER TABLE app.amounts RENAME \"gross; 1\" TO net",
                "ALTER TABLE app.amounts RENAME other TO \"gross; 1\"",
                "INSERT INTO app.amounts (id, net, \"gross; 1\") VALUES (3, 30, 31)");
        awaitNamed(task, "Table app.amounts has other columns", "before: gross; 1, net.");
        assertThat(pair.askTarget("SELECT string_agg(id || ' ' || net, ', ' ORDER BY id) FROM app.amounts"))
                .isEqualTo("1 10, 2 20");
        loadAnew(task, "app.amounts");

        task.action("pause").expect(202);
        task.awaitState("PAUSED");
        pair.onSource(
                "ALTER TABLE app.made_anew DROP note, ADD note text", "INSERT INTO app.made_anew VALUES (2, 'new')");
        task.action("resume").expect(202);
        awaitNamed(task, "Table app.made_anew has other columns", "before: note.");
        loadAnew(task, "app.made_anew");

        pair.onSource("INSERT INTO app.amounts VALUES (4, 40, 41)", "INSERT INTO app.made_anew VALUES (3, 'newer')");
        task.awaitZeroLag();
        pair.assertEqual("app");
        assertThat(pair.askTarget("SELECT string_agg(id || ' ' || net, ', ' ORDER BY id) FROM app.amounts"))
                .isEqualTo("1 11, 2 21, 3 30, 4 41");
        task.end();
    }

    private static void awaitNamed(Task task, String... words) {
        JsonNode failed =
                task.awaitView("failed", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"));
        assertThat(failed.path("error").path("code").asText()).isEqualTo("SCHEMA_CHANGED");
        assertThat(failed.path("error").path("detail").asText()).contains(words).contains("reload");
    }

    private static void loadAnew(Task task, String table) {
        ObjectNode body = Api.JSON.createObjectNode();
        body.putArray("reload").add(table);
        task.post("resume", body).expect(202);
        task.awaitView(
                "in step",
                view -> view.path("state").asText().equals("INCREMENTAL_SYNC")
                        && task.progress().path("tables").findValuesAsText("state").stream()
                                .allMatch("DONE"::equals));
    }
}
