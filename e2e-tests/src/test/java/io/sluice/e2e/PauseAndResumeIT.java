package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

@EndToEnd
class PauseAndResumeIT {
    private static final String TARGET_WRITES =
            "SELECT string_agg(relid || ':' || n_tup_ins || ':' || n_tup_upd || ':' || n_tup_del, ',' ORDER BY relid)"
                    + " FROM pg_stat_user_tables";

    @Test
    void writesNothingWhilePausedAndLosesNothing(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "pause_and_resume");
        Moments moments = new Moments(pair.name());
        try (Workload workload = Workload.start(pair)) {
            Task task;
            try (Gate gate = Gate.shut(pair)) {
                assertThat(gate).isNotNull();
                task = Task.started(pair, Shapes.SCHEMA);
                task.awaitState("FULL_SYNC");
                moments.await(Duration.ofSeconds(3));
                task.action("pause").expect(202);
                task.awaitState("PAUSED");
                assertThat(task.action("pause").code()).isEqualTo("TASK_STATE");
            }
            assertNothingIsWritten(pair, workload);
            task.action("resume").expect(202);
            task.awaitStreaming();

            moments.await(Duration.ofSeconds(3));
            task.action("pause").expect(202);
            task.awaitState("PAUSED");
            workload.bigTransaction(Seed.times(50_000, 200_000));
            assertNothingIsWritten(pair, workload);
            task.action("resume").expect(202);
            task.awaitStreaming();

            task.awaitApplied(workload.stop());
            long rows = pair.assertEqual(Shapes.SCHEMA);
            Seed.say("pause and resume: %s, %,d rows equal".formatted(workload, rows));
            task.end();
        }
    }

    /** Once the last write before the pause is done, the target stays as it is while the source goes on. */
    private static void assertNothingIsWritten(Pair pair, Workload workload) {
        String[] before = {""};
        await("the target comes to rest")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1500))
                .until(() -> {
                    String now = pair.askTarget(TARGET_WRITES);
                    boolean rests = now.equals(before[0]);
                    before[0] = now;
                    return rests;
                });
        long committed = workload.committed();
        await("the source goes on").atMost(Duration.ofMinutes(1)).until(() -> workload.committed() > committed + 100);
        assertThat(pair.askTarget(TARGET_WRITES)).isEqualTo(before[0]);
    }
}
