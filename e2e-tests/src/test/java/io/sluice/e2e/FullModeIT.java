package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@EndToEnd
class FullModeIT {

    /** Left out where they are already; more of them than the progress lists. */
    private static final String FUNCTIONS = "DO $$ BEGIN FOR i IN 1..120 LOOP"
            + " EXECUTE format('CREATE FUNCTION app.f_%s() RETURNS int LANGUAGE sql AS ''SELECT 1''', i);"
            + " END LOOP; END $$";

    @Test
    void completesByItselfAndNeedsNothingOfTheSource(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "full_mode");
        pair.onSource(
                "CREATE TABLE app.keyless (n int, t text)",
                "INSERT INTO app.keyless VALUES (1, 'a'), (1, 'a')",
                FUNCTIONS);
        pair.onTarget("CREATE SCHEMA app", FUNCTIONS);
        Task task = Task.create(pair, Task.spec(pair, Shapes.SCHEMA).put("mode", "FULL"));
        task.start();
        task.awaitState("COMPLETED");

        pair.assertEqual(Shapes.SCHEMA);
        assertThat(pair.leftOnSource()).isEmpty();
        assertThat(Topics.names(sluice)).doesNotContain(Topics.changesOf(task));
        JsonNode tables = task.progress().path("tables");
        assertThat(tables).hasSize(Shapes.ALL.size() + 4);
        for (JsonNode table : tables) {
            assertThat(table.path("state").asText()).as(table.toString()).isEqualTo("DONE");
            assertThat(table.path("percent").asDouble()).as(table.toString()).isEqualTo(100);
        }
        JsonNode structure = task.progress().path("structure");
        assertThat(structure.path("problemCount").asInt()).isGreaterThanOrEqualTo(120);
        assertThat(structure.path("skipped").size()).isLessThanOrEqualTo(100);
        assertThat(leftOut(task))
                .hasSize(structure.path("problemCount").asInt())
                .doesNotHaveDuplicates();
        task.deleteWithoutTrace();
    }

    /** Page by page. */
    private static List<String> leftOut(Task task) {
        List<String> names = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page = task.get("structure/problems?limit=50" + cursor);
            page.required("items")
                    .forEach(object -> names.add(object.required("name").asText()));
            cursor = page.required("nextCursor").isNull()
                    ? null
                    : "&cursor=" + page.required("nextCursor").asText();
        }
        return names;
    }
}
