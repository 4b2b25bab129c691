package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

/** A change that no record of the topic can hold concerns its table alone. */
@EndToEnd
class LargeChangeIT {

    @Test
    void onlyTheTableOfAChangeThatIsTooLargeIsLoadedAnew(Sluice sluice) {
        Pair pair = Pair.create(sluice, "large_change");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.large (id int PRIMARY KEY, v text)",
                "CREATE TABLE app.small (id int PRIMARY KEY, v text)",
                "INSERT INTO app.large SELECT i, 'a' FROM generate_series(1, 100) i",
                "INSERT INTO app.small SELECT i, 'a' FROM generate_series(1, 100) i");
        Task task = Task.create(pair, Task.spec(pair, "app"));
        task.start();
        task.awaitStreaming();

        pair.inOneTransaction(
                "INSERT INTO app.small VALUES (101, 'b')",
                "INSERT INTO app.large VALUES (101, repeat('x', 17000000))",
                "INSERT INTO app.small VALUES (102, 'c')");
        String error = task.awaitView(
                        "stopped", view -> view.path("state").asText().equals("INCREMENTAL_SYNC_FAILED"))
                .toString();
        assertThat(error).contains("RECORD_TOO_LARGE", "app.large (17 MB)").doesNotContain("xxx");
        ObjectNode reload = Api.JSON.createObjectNode();
        reload.putArray("reload").add("app.large");
        task.post("resume", reload).expect(202);
        task.awaitStreaming();
        task.awaitTables("large", "small");
        task.awaitZeroLag();
        pair.assertEqual("app");

        ObjectNode patch = Api.JSON.createObjectNode();
        patch.putObject("changes").put("tableError", "SUSPEND_TABLE");
        task.patch(patch).expect(200);
        pair.onSource(
                "UPDATE app.large SET v = repeat(E'\\t', 9000000) WHERE id = 1", "DELETE FROM app.small WHERE id = 1");
        assertThat(task.awaitTable("large", "SUSPENDED")
                        .path("suspension")
                        .path("code")
                        .asText())
                .isEqualTo("RECORD_TOO_LARGE");
        task.awaitZeroLag();
        assertThat(pair.askTarget("SELECT count(*) FROM app.small WHERE id = 1"))
                .isEqualTo("0");
        task.action("tables/app.large/reload").expect(202);
        task.awaitTables("large", "small");
        task.awaitZeroLag();
        pair.assertEqual("app");
        task.end();
    }
}
