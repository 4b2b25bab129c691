package io.sluice.task.life;

import static io.sluice.task.life.TaskState.COMPLETED;
import static io.sluice.task.life.TaskState.CONFIGURATION;
import static io.sluice.task.life.TaskState.FULL_SYNC;
import static io.sluice.task.life.TaskState.FULL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.PAUSED;
import static io.sluice.task.life.TaskState.PENDING_START;
import static io.sluice.task.life.TaskState.STARTING;
import static io.sluice.task.life.TaskState.START_FAILED;
import static io.sluice.task.life.TaskState.STOPPING;
import static io.sluice.task.life.TaskState.STOP_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Phase;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandsTest {

    /** The whole contract: what each action makes of each state; null where it is refused. */
    private static final Map<TaskState, List<@Nullable TaskState>> TABLE = new EnumMap<>(TaskState.class);

    private static final List<TaskAction> COLUMNS = List.of(
            TaskAction.START,
            TaskAction.SCHEDULE,
            TaskAction.UNSCHEDULE,
            TaskAction.PAUSE,
            TaskAction.RESUME,
            TaskAction.STOP,
            TaskAction.FORCE_STOP,
            TaskAction.RESET,
            TaskAction.DELETE);

    static {
        row(CONFIGURATION, STARTING, PENDING_START, null, null, null, COMPLETED, COMPLETED, null, CONFIGURATION);
        row(PENDING_START, null, null, CONFIGURATION, null, null, COMPLETED, COMPLETED, null, null);
        row(STARTING, null, null, null, null, null, STOPPING, COMPLETED, null, null);
        row(FULL_SYNC, null, null, null, PAUSED, null, STOPPING, COMPLETED, null, null);
        row(INCREMENTAL_SYNC, null, null, null, PAUSED, null, STOPPING, COMPLETED, null, null);
        row(STOPPING, null, null, null, null, null, null, COMPLETED, null, null);
        row(COMPLETED, null, null, null, null, null, null, null, null, COMPLETED);
        row(PAUSED, null, null, null, null, FULL_SYNC, STOPPING, COMPLETED, PAUSED, null);
        failed(START_FAILED, STARTING);
        failed(FULL_SYNC_FAILED, FULL_SYNC);
        failed(INCREMENTAL_SYNC_FAILED, INCREMENTAL_SYNC);
        failed(STOP_FAILED, null);
    }

    /** A reset and a deletion change the state when the services have carried them out. */
    private static void failed(TaskState state, @Nullable TaskState resumed) {
        row(state, null, null, null, null, resumed, STOPPING, COMPLETED, state, state);
    }

    private static void row(TaskState state, @Nullable TaskState... results) {
        TABLE.put(state, Arrays.asList(results));
    }

    record Cell(
            TaskState state, TaskAction action, @Nullable TaskState expected) {}

    static Stream<Cell> cells() {
        return Arrays.stream(TaskState.values())
                .flatMap(state -> COLUMNS.stream()
                        .map(action -> new Cell(state, action, TABLE.get(state).get(COLUMNS.indexOf(action)))));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void everyActionInEveryState(Cell cell) {
        TaskStatus status = in(cell.state());

        if (cell.expected() == null) {
            assertThatThrownBy(() -> Commands.carryOut(status, cell.action()))
                    .isInstanceOfSatisfying(SluiceException.class, refusal -> {
                        assertThat(refusal.code()).isEqualTo(ErrorCode.TASK_STATE);
                        assertThat(refusal).hasMessageContaining(cell.state().name());
                    });
        } else {
            Outcome outcome = Commands.carryOut(status, cell.action());
            assertThat(outcome.status().state()).isEqualTo(cell.expected());
            assertThat(outcome.notes()).isNotEmpty();
        }
    }

    @Test
    void whatFailedOfTheStructureIsTriedAgainByANewOrder() {
        for (TaskState state : List.of(FULL_SYNC, INCREMENTAL_SYNC)) {
            assertOrder(state, TaskAction.RETRY_STRUCTURE, Phase.RUN);
            assertThat(Commands.carryOut(in(state), TaskAction.RETRY_STRUCTURE)
                            .status()
                            .state())
                    .isEqualTo(state);
        }
        assertThatThrownBy(() -> Commands.carryOut(in(PAUSED), TaskAction.RETRY_STRUCTURE))
                .isInstanceOf(SluiceException.class);
    }

    @Test
    void whatIsAskedOfAnExceptionIsNoOrder() {
        for (TaskAction action : List.of(TaskAction.RETRY_EXCEPTION, TaskAction.SKIP_EXCEPTION)) {
            for (TaskState state : action.allowedIn()) {
                Outcome outcome = Commands.carryOut(in(state), action);
                assertThat(outcome.order()).isNull();
                assertThat(outcome.status()).isEqualTo(in(state));
            }
            assertThatThrownBy(() -> Commands.carryOut(in(COMPLETED), action))
                    .hasMessageContaining("Now it takes delete.");
            assertThatThrownBy(() -> Commands.carryOut(in(STOPPING), action))
                    .hasMessageContaining("Now it takes stop with force.");
        }
    }

    @Test
    void everyOrderHasTheNextGeneration() {
        assertOrder(CONFIGURATION, TaskAction.START, Phase.RUN);
        assertOrder(FULL_SYNC, TaskAction.PAUSE, Phase.PAUSE);
        assertOrder(PAUSED, TaskAction.RESUME, Phase.RUN);
        assertOrder(INCREMENTAL_SYNC, TaskAction.STOP, Phase.STOP);
        assertOrder(STOPPING, TaskAction.FORCE_STOP, Phase.STOP);
        assertOrder(PAUSED, TaskAction.RESET, Phase.DELETE);
        assertOrder(COMPLETED, TaskAction.DELETE, Phase.DELETE);
    }

    private static void assertOrder(TaskState state, TaskAction action, Phase phase) {
        TaskStatus before = in(state);
        Outcome outcome = Commands.carryOut(before, action);
        assertThat(outcome.order()).isEqualTo(phase);
        assertThat(outcome.status().phase()).isEqualTo(phase);
        assertThat(outcome.status().generation()).isEqualTo(before.generation() + 1);
    }

    @Test
    void aTaskThatWasNeverStartedCompletesWithoutAnOrder() {
        Outcome outcome = Commands.carryOut(TaskStatus.NEW, TaskAction.STOP);

        assertThat(outcome.status().state()).isEqualTo(COMPLETED);
        assertThat(outcome.order()).isNull();
    }

    @Test
    void resumeGoesBackToTheStateThatPauseLeft() {
        for (TaskState running : List.of(FULL_SYNC, INCREMENTAL_SYNC)) {
            TaskStatus paused = Commands.carryOut(in(running), TaskAction.PAUSE).status();
            assertThat(Commands.carryOut(paused, TaskAction.RESUME).status().state())
                    .isEqualTo(running);
        }
    }

    @Test
    void resumeForgetsTheError() {
        TaskStatus resumed =
                Commands.carryOut(in(FULL_SYNC_FAILED), TaskAction.RESUME).status();

        assertThat(resumed.error()).isNull();
    }

    @Test
    void aTaskThatIsBeingDeletedTakesNothingButAnotherDelete() {
        TaskStatus deleting =
                Commands.carryOut(in(FULL_SYNC_FAILED), TaskAction.DELETE).status();

        assertThatThrownBy(() -> Commands.carryOut(deleting, TaskAction.RESUME)).hasMessageContaining("being deleted");
        assertThat(Commands.carryOut(deleting, TaskAction.DELETE).order()).isEqualTo(Phase.DELETE);
    }

    @Test
    void aResetTaskTakesNoOrderToGoOn() {
        TaskStatus resetting = Commands.carryOut(in(PAUSED), TaskAction.RESET).status();

        assertThat(resetting.resetting()).isTrue();
        assertThatThrownBy(() -> Commands.carryOut(resetting, TaskAction.RESUME))
                .hasMessageContaining("being reset");
        assertThat(Commands.carryOut(resetting, TaskAction.RESET).order()).isEqualTo(Phase.DELETE);
        assertThat(Commands.carryOut(resetting, TaskAction.STOP).status().resetting())
                .isFalse();
        TaskStatus deleted = Commands.carryOut(
                        Commands.carryOut(in(FULL_SYNC_FAILED), TaskAction.RESET)
                                .status(),
                        TaskAction.DELETE)
                .status();
        assertThat(deleted.deleting()).isTrue();
    }

    @Test
    void whatWasNeverOrderedIsResetAtOnceAndResumedByItsChecks() {
        TaskStatus pending =
                Commands.carryOut(TaskStatus.NEW, TaskAction.SCHEDULE).status();
        TaskStatus failed = Commands.refuseStart(
                        pending, new TaskError(ErrorCode.HOST_UNKNOWN, "no such host", java.time.Instant.EPOCH))
                .status();

        assertThat(failed.state()).isEqualTo(START_FAILED);
        assertThat(Commands.carryOut(failed, TaskAction.RESUME).status().state())
                .isEqualTo(PENDING_START);
        assertThat(Commands.carryOut(failed, TaskAction.RESET).status()).isEqualTo(TaskStatus.NEW);
        assertThat(Commands.carryOut(failed, TaskAction.STOP).order()).isNull();
    }

    @Test
    void aDelayedStartBeginsOnce() {
        TaskStatus pending =
                Commands.carryOut(TaskStatus.NEW, TaskAction.SCHEDULE).status();
        Outcome begun = Commands.begin(pending);

        assertThat(begun.status().state()).isEqualTo(STARTING);
        assertThat(begun.order()).isEqualTo(Phase.RUN);
        assertThatThrownBy(() -> Commands.begin(begun.status())).hasMessageContaining("waits for no start");
    }

    @Test
    void aChangeIsOrderedOnlyWhereItMeansWork() {
        TaskStatus running = in(FULL_SYNC);

        assertThat(Commands.change(running, "tags", false).order()).isNull();
        assertThat(Commands.change(running, "source.password", true).order()).isEqualTo(Phase.RUN);
        assertThat(Commands.change(running, "source.password", true).status().generation())
                .isEqualTo(running.generation() + 1);
        assertThat(Commands.change(in(PAUSED), "retry", true).order()).isEqualTo(Phase.PAUSE);
        assertThat(Commands.change(in(COMPLETED), "retry", true).order()).isNull();
        assertThat(Commands.change(TaskStatus.NEW, "retry", true).order()).isNull();
    }

    @Test
    void aTaskThatNobodyLooksAfterIsStopped() {
        assertThat(Commands.autoStop(in(PAUSED), 14).status().state()).isEqualTo(STOPPING);
        assertThat(Commands.autoStop(in(PAUSED), 14).order()).isEqualTo(Phase.STOP);
        assertThat(Commands.autoStop(in(PAUSED), 14).notes().getFirst().kind()).isEqualTo(Note.Kind.AUTO_STOPPED);
    }

    /** A started task in a state, as it would have come there. */
    static TaskStatus in(TaskState state) {
        TaskError error =
                state.failed() ? new TaskError(ErrorCode.CONNECTION_LOST, "lost", java.time.Instant.EPOCH) : null;
        Phase phase = switch (state) {
            case CONFIGURATION, PENDING_START -> null;
            case STARTING, FULL_SYNC, INCREMENTAL_SYNC -> Phase.RUN;
            case PAUSED, START_FAILED, FULL_SYNC_FAILED, INCREMENTAL_SYNC_FAILED -> Phase.PAUSE;
            case STOPPING, STOP_FAILED -> Phase.STOP;
            case COMPLETED -> Phase.IDLE;
        };
        return new TaskStatus(
                state, state == PAUSED ? FULL_SYNC : null, 7, phase, null, error, null, null, null, null, false);
    }
}
