package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Commands that give a table new storage hide its rows from the snapshot of the load, or move them. */
@EndToEnd
class RewriteDuringLoadIT {

    @Test
    void tablesRewrittenAfterTheSnapshotArriveWhole(Sluice sluice) {
        Pair pair = Pair.create(sluice, "rewrite_in_load");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE DOMAIN app.gate AS int",
                Gate.ddl(pair.source()),
                "CREATE TABLE app.gated (id int PRIMARY KEY, g app.gate, wide text)",
                "ALTER TABLE app.gated ALTER wide SET STORAGE EXTERNAL",
                "INSERT INTO app.gated SELECT i, i, repeat('x', 1900) FROM generate_series(1, 500) i");
        for (String name : new String[] {"altered", "truncated", "vacuumed", "left_alone"}) {
            pair.onSource(
                    "CREATE TABLE app." + name + " (id int PRIMARY KEY, v text)",
                    "INSERT INTO app." + name + " SELECT i, 'before' FROM generate_series(1, 1000) i");
        }
        ObjectNode spec = Task.spec(pair, "app");
        spec.putObject("fullLoad").put("workers", 1);
        Task task;
        try (Gate gate = Gate.shut(pair)) {
            task = Task.create(pair, spec);
            task.start();
            // The largest table goes first and waits at the gate; the others have not been read yet.
            await("the load waits at the gate")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> !pair.askTarget(
                                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                                            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                            .equals("0"));
            pair.onSource(
                    "ALTER TABLE app.altered ALTER v TYPE text USING v || ''",
                    "TRUNCATE app.truncated",
                    "INSERT INTO app.truncated SELECT i, 'after' FROM generate_series(501, 700) i",
                    "DELETE FROM app.vacuumed WHERE id % 2 = 0");
            pair.onSource("VACUUM FULL app.vacuumed");
            assertThat(pair.askTarget("SELECT count(*) FROM app.altered")).isEqualTo("0");
            gate.open();
        }
        task.awaitStreaming();
        task.awaitZeroLag();

        assertThat(pair.askTarget("SELECT count(*) FROM app.altered")).isEqualTo("1000");
        pair.assertEqual("app");
        task.end();
    }
}
