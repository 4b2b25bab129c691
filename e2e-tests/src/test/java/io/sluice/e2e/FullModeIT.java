package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

@EndToEnd
class FullModeIT {

    @Test
    void completesByItselfAndNeedsNothingOfTheSource(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "full_mode");
        pair.onSource("CREATE TABLE app.keyless (n int, t text)", "INSERT INTO app.keyless VALUES (1, 'a'), (1, 'a')");
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
        task.deleteWithoutTrace();
    }
}
