package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.localstack.ServiceProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@EndToEnd
class TakeOverIT {

    /** Two processes of each service; who works on the task dies, in the load and in the stream, and stays dead until the next. */
    @Test
    void anotherInstanceGoesOnWhenTheOwnerDies(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "take_over");
        Moments moments = new Moments(pair.name());
        ServiceProcess secondCapture = sluice.stack().addCapture();
        ServiceProcess secondApply = sluice.stack().addApply();
        List<ServiceProcess> captures = List.of(sluice.capture(), secondCapture);
        List<ServiceProcess> applies = List.of(sluice.apply(), secondApply);
        try (Workload workload = Workload.start(pair)) {
            Task task;
            ServiceProcess dead;
            try (Gate gate = Gate.shut(pair)) {
                assertThat(gate).isNotNull();
                task = Task.started(pair, Shapes.SCHEMA);
                task.awaitState("FULL_SYNC");
                dead = owner(applies, task, "sluice_full_load_rows_total");
                moments.await(Duration.ofSeconds(2));
                dead.kill();
                assertThat(owner(without(applies, dead), task, "sluice_full_load_rows_total"))
                        .isNotSameAs(dead);
            }
            task.awaitStreaming();
            dead.start();

            for (int i = 0; i < Seed.times(1, 5); i++) {
                ServiceProcess capture = owner(captures, task, "sluice_capture_lag_seconds");
                ServiceProcess apply = owner(applies, task, "sluice_apply_lag_seconds");
                moments.await(Duration.ofSeconds(3));
                capture.kill();
                moments.await(Duration.ofSeconds(1));
                apply.kill();
                workload.bigTransaction(50_000);
                task.awaitZeroLag();
                assertThat(owner(without(captures, capture), task, "sluice_capture_lag_seconds"))
                        .isNotSameAs(capture);
                assertThat(owner(without(applies, apply), task, "sluice_apply_lag_seconds"))
                        .isNotSameAs(apply);
                capture.start();
                apply.start();
            }
            task.awaitApplied(workload.stop());
            long rows = pair.assertEqual(Shapes.SCHEMA);
            Seed.say("take-over: %s, %,d rows equal".formatted(workload, rows));
            task.end();
        } finally {
            secondCapture.stop();
            secondApply.stop();
        }
    }

    private static List<ServiceProcess> without(List<ServiceProcess> all, ServiceProcess one) {
        return all.stream().filter(process -> process != one).toList();
    }

    /** The process whose metrics speak of the task. */
    private static ServiceProcess owner(List<ServiceProcess> processes, Task task, String metric) {
        ServiceProcess[] owner = new ServiceProcess[1];
        await("somebody owns the task").atMost(Duration.ofMinutes(2)).until(() -> {
            List<ServiceProcess> owners = processes.stream()
                    .filter(ServiceProcess::isAlive)
                    .filter(process -> Metrics.of(process).has(metric, task.id()))
                    .toList();
            owner[0] = owners.size() == 1 ? owners.getFirst() : null;
            return owner[0] != null;
        });
        return owner[0];
    }
}
