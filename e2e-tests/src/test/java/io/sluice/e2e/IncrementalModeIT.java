package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

/** A task that carries changes only, to tables that somebody else has filled. */
@EndToEnd
class IncrementalModeIT {

    private static final String[] TABLES = {
        "CREATE SCHEMA app",
        "CREATE TABLE app.item (id int PRIMARY KEY, note text)",
        "INSERT INTO app.item SELECT i, 'same on both sides' FROM generate_series(1, 100) i"
    };

    @Test
    void changesFromTheStartOnAreCarriedAndNothingElse(Sluice sluice) {
        Pair pair = Pair.create(sluice, "incremental_mode");
        pair.onSource(TABLES);
        pair.onTarget(TABLES);
        pair.onTarget("UPDATE app.item SET note = 'only here' WHERE id = 7");
        ObjectNode spec = Task.spec(pair, "app").put("mode", "INCREMENTAL");
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onSource(
                "INSERT INTO app.item VALUES (101, 'new')",
                "UPDATE app.item SET id = 102 WHERE id = 1",
                "DELETE FROM app.item WHERE id = 2");
        task.awaitZeroLag();
        assertThat(pair.askTarget("SELECT note FROM app.item WHERE id = 7")).isEqualTo("only here");
        pair.onSource("UPDATE app.item SET note = 'there, too' WHERE id = 7");
        task.awaitZeroLag();
        pair.assertEqual("app");

        task.action("pause").expect(202);
        task.awaitState("PAUSED");
        pair.onSource("UPDATE app.item SET note = 'while it was paused'");
        task.action("resume").expect(202);
        task.awaitStreaming();
        task.awaitZeroLag();
        pair.assertEqual("app");
        task.end();
    }
}
