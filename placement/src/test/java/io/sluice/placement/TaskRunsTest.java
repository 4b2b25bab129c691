package io.sluice.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskRunsTest {

    private final List<String> did = new CopyOnWriteArrayList<>();
    private final List<TaskReport> sent = new CopyOnWriteArrayList<>();
    private final TaskRuns runs = new TaskRuns(
            new RecordingWorker(),
            new ListedReports(),
            new SecretSeal(Base64.getEncoder().encodeToString(new byte[32])),
            Clock.systemUTC());
    private volatile ErrorCode failure;
    private volatile RunContext context;

    @AfterEach
    void release() {
        runs.releaseAll();
    }

    @Test
    void outdatedOrdersOfAPartitionThatWasJustTakenAreNotCarriedOut() {
        runs.assigned(0, 3);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        runs.order(0, 1, order("b", 1, Phase.RUN));
        assertThat(did).isEmpty();
        runs.order(0, 2, order("a", 2, Phase.STOP));
        await().untilAsserted(() -> assertThat(did).containsExactlyInAnyOrder("run b 1", "end a STOP"));
    }

    @Test
    void aRunGoesOnFromOneWorkingPhaseToAnotherAndReportsTheNewerGeneration() {
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().until(() -> did.contains("run a 1"));
        runs.order(0, 1, order("a", 2, Phase.PAUSE));
        runs.order(0, 2, order("a", 3, Phase.STOP));
        await().until(() -> did.contains("end a STOP"));
        assertThat(did).containsExactly("run a 1", "ended a", "end a STOP");
        await().untilAsserted(() -> assertThat(sent).last().satisfies(report -> {
            assertThat(report.generation()).isEqualTo(3);
            assertThat(report.fact()).isEqualTo(new Fact.Ended(List.of()));
        }));
    }

    @Test
    void anOrderThatIsNotNewerChangesNothing() {
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 5, Phase.RUN));
        await().until(() -> did.contains("run a 5"));
        runs.order(0, 1, order("a", 4, Phase.STOP));
        runs.order(0, 2, order("b", 1, Phase.RUN));
        await().until(() -> did.contains("run b 1"));
        assertThat(did).containsExactly("run a 5", "run b 1");
    }

    @Test
    void theNewsThatATaskHasBegunReachesItsRunWithoutEndingIt() {
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().until(() -> did.contains("run a 1"));
        TaskOrder order = order("a", 1, Phase.RUN);
        runs.order(0, 1, new TaskOrder("a", 1, Phase.RUN, order.spec(), List.of(), Instant.EPOCH, true));
        runs.order(0, 2, order("a", 2, Phase.STOP));
        await().until(() -> did.contains("end a STOP"));
        assertThat(did).containsExactly("run a 1", "ended a", "end a STOP");
    }

    @Test
    void theNewsThatATaskHasBegunDoesNotRunWhatHasFailed() {
        failure = ErrorCode.SLOT_LOST;
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().until(() -> facts().anyMatch(Fact.Failed.class::isInstance));
        TaskOrder order = order("a", 1, Phase.RUN);
        runs.order(0, 1, new TaskOrder("a", 1, Phase.RUN, order.spec(), List.of(), Instant.EPOCH, true));
        runs.order(0, 2, order("a", 2, Phase.STOP));
        await().until(() -> did.contains("end a STOP"));
        assertThat(facts().filter(Fact.Failed.class::isInstance)).hasSize(1);
    }

    @Test
    void otherLimitsReachARunWithoutEndingIt() {
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN, 1));
        await().until(() -> did.contains("run a 1"));
        runs.order(0, 1, order("a", 2, Phase.RUN, 8));
        await().until(() -> Objects.requireNonNull(context).order().spec().loadWorkers() == 8);
        runs.order(0, 2, order("a", 3, Phase.STOP));
        await().until(() -> did.contains("end a STOP"));
        assertThat(did).containsExactly("run a 1", "ended a", "end a STOP");
    }

    @Test
    void aPartitionThatIsLostEndsItsRunsAndCleansNothing() {
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().until(() -> did.contains("run a 1"));
        runs.revoked(List.of(0));
        assertThat(did).containsExactly("run a 1", "ended a");
        assertThat(runs.size()).isZero();
    }

    @Test
    void anErrorIsRetriedAndItsEndIsReported() {
        failure = ErrorCode.CONNECTION_LOST;
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().until(() -> facts().anyMatch(Fact.Retrying.class::isInstance));
        failure = null;
        await().until(() -> facts().anyMatch(Fact.Recovered.class::isInstance));
    }

    @Test
    void anErrorThatCannotPassFailsTheTask() {
        failure = ErrorCode.SLOT_LOST;
        runs.assigned(0, 0);
        runs.order(0, 0, order("a", 1, Phase.RUN));
        await().untilAsserted(
                        () -> assertThat(facts()).containsExactly(new Fact.Failed(ErrorCode.SLOT_LOST, "broken")));
    }

    private java.util.stream.Stream<Fact> facts() {
        return sent.stream().map(TaskReport::fact);
    }

    private static TaskOrder order(String task, long generation, Phase phase) {
        return order(task, generation, phase, 1);
    }

    private static TaskOrder order(String task, long generation, Phase phase, int loadWorkers) {
        Endpoint endpoint = new Endpoint("h", 1, "d", "u", new SealedSecret("v1:"), Tls.DISABLED);
        TaskSpec spec = new TaskSpec(
                task,
                SyncMode.FULL_AND_INCREMENTAL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(),
                List.of(),
                loadWorkers,
                new RetryWindows(10, 1),
                null);
        return new TaskOrder(task, generation, phase, spec, List.of(), Instant.EPOCH);
    }

    /** Notes what it is asked to do; a run lasts until it is stopped. */
    private final class RecordingWorker implements TaskWorker {

        @Override
        public TaskReport.Service service() {
            return TaskReport.Service.CAPTURE;
        }

        @Override
        public boolean runsIn(Phase phase) {
            return phase == Phase.RUN || phase == Phase.PAUSE;
        }

        @Override
        public void run(TaskOrder order, RunContext surroundings) {
            context = surroundings;
            ErrorCode code = failure;
            if (code != null) {
                throw new SluiceException(code, "broken");
            }
            did.add("run " + order.taskId() + " " + order.generation());
            surroundings.progressed();
            while (!surroundings.pause(Duration.ofMinutes(1))) {
                surroundings.progressed();
            }
            did.add("ended " + order.taskId());
        }

        @Override
        public List<Fact.Leftover> end(TaskOrder order, RunContext context) {
            did.add("end " + order.taskId() + " " + order.phase());
            return List.of();
        }
    }

    /** Keeps what was sent. */
    private final class ListedReports implements Reports {

        @Override
        public void send(TaskReport report) {
            sent.add(report);
        }

        @Override
        public String instance() {
            return "test";
        }
    }
}
