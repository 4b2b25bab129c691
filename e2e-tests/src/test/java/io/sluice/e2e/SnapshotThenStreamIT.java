package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

@EndToEnd
class SnapshotThenStreamIT {

    @Test
    void copiesWhatIsThereAndEveryChangeAfterItAndGoesWithoutTrace(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "snapshot_then_stream");
        try (Workload workload = Workload.start(pair)) {
            Task task = Task.started(pair, Shapes.SCHEMA);
            task.awaitLoading();
            workload.bigTransaction(20_000);
            task.awaitStreaming();
            workload.bigTransaction(Seed.times(50_000, 200_000));
            long before = workload.committed();
            await("the workload goes on")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> workload.committed() > before + Seed.times(200, 20_000));
            task.awaitApplied(workload.stop());

            long rows = pair.assertEqual(Shapes.SCHEMA);

            pair.assertSameStructure(Shapes.SCHEMA);
            Seed.say("snapshot then stream: %s, %,d rows equal".formatted(workload, rows));
            assertThat(pair.askTarget("SELECT count(*) > 0 FROM app.log")).isEqualTo("t");
            task.end();
            noticesEveryKindOfDifference(pair);
        }
    }

    /** What all scenarios rely on: a lost row, a doubled one and a changed one are found. */
    private static void noticesEveryKindOfDifference(Pair pair) {
        pair.onTarget("DELETE FROM app.log WHERE id = (SELECT max(id) FROM app.log)");
        assertThatThrownBy(() -> pair.assertEqual(Shapes.SCHEMA)).hasMessageContaining("app.log: ");
        pair.onTarget("INSERT INTO app.bulk SELECT max(id) + 1 FROM app.bulk");
        assertThatThrownBy(() -> pair.assertEqual(Shapes.SCHEMA)).hasMessageContaining("app.bulk: ");
        pair.onTarget("UPDATE app.gated SET n = n + 1 WHERE id = 1");
        assertThatThrownBy(() -> pair.assertEqual(Shapes.SCHEMA)).hasMessageContaining("app.gated: ");
    }
}
