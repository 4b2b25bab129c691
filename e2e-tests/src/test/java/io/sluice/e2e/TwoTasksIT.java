package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

@EndToEnd
class TwoTasksIT {

    @Test
    void runAtOnceAndEndWithoutTheOther(Sluice sluice) {
        Pair first = WorkloadDatabase.create(sluice, "two_tasks_a");
        Pair second = WorkloadDatabase.create(sluice, "two_tasks_b");
        try (Workload left = Workload.start(first);
                Workload right = Workload.start(second)) {
            Task one = Task.started(first, Shapes.SCHEMA);
            Task other = Task.started(second, Shapes.SCHEMA);
            one.awaitStreaming();
            other.awaitStreaming();
            left.bigTransaction(Seed.times(50_000, 200_000));
            right.bigTransaction(20_000);

            one.awaitApplied(left.stop());
            long rows = first.assertEqual(Shapes.SCHEMA);
            one.end();
            assertThat(second.leftOnSource()).contains("slot", "publication");
            right.bigTransaction(20_000);
            other.awaitApplied(right.stop());
            rows += second.assertEqual(Shapes.SCHEMA);
            other.end();
            Seed.say("two tasks: %s; %s; %,d rows equal".formatted(left, right, rows));
        }
    }
}
