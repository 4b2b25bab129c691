package io.sluice.task.life;

import static io.sluice.task.life.CommandsTest.in;
import static io.sluice.task.life.TaskState.COMPLETED;
import static io.sluice.task.life.TaskState.FULL_SYNC;
import static io.sluice.task.life.TaskState.FULL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC;
import static io.sluice.task.life.TaskState.INCREMENTAL_SYNC_FAILED;
import static io.sluice.task.life.TaskState.PAUSED;
import static io.sluice.task.life.TaskState.STARTING;
import static io.sluice.task.life.TaskState.START_FAILED;
import static io.sluice.task.life.TaskState.STOPPING;
import static io.sluice.task.life.TaskState.STOP_FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReportsTest {

    private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");
    private static final Fact FAILED = new Fact.Failed(ErrorCode.SLOT_LOST, "the slot is gone");
    private static final Fact RETRYING = new Fact.Retrying(ErrorCode.CONNECTION_LOST, "lost", AT, AT.plusSeconds(600));
    private static final Fact ENDED = new Fact.Ended(List.of());

    @ParameterizedTest
    @CsvSource({
        "STARTING, STRUCTURE, STARTING",
        "STARTING, LOADING, FULL_SYNC",
        "STARTING, LOADED, FULL_SYNC",
        "STARTING, APPLYING, INCREMENTAL_SYNC",
        "FULL_SYNC, STRUCTURE, FULL_SYNC",
        "FULL_SYNC, LOADING, FULL_SYNC",
        "FULL_SYNC, LOADED, FULL_SYNC",
        "FULL_SYNC, APPLYING, INCREMENTAL_SYNC",
        "INCREMENTAL_SYNC, STRUCTURE, INCREMENTAL_SYNC",
        "INCREMENTAL_SYNC, LOADING, INCREMENTAL_SYNC",
        "INCREMENTAL_SYNC, LOADED, INCREMENTAL_SYNC",
        "INCREMENTAL_SYNC, APPLYING, INCREMENTAL_SYNC",
        "PAUSED, APPLYING, PAUSED",
        "FULL_SYNC_FAILED, APPLYING, FULL_SYNC_FAILED",
        "STOPPING, APPLYING, STOPPING",
        "COMPLETED, APPLYING, COMPLETED"
    })
    void stepsLeadForwardOnly(TaskState before, Step step, TaskState after) {
        Outcome outcome = fold(in(before), Service.APPLY, new Fact.StepReached(step));

        assertThat(outcome.status().state()).isEqualTo(after);
        assertThat(outcome.order()).isNull();
        assertThat(outcome.notes()).hasSize(before == after ? 0 : 1);
    }

    @Test
    void aLoadThatIsAllCompletesTheTaskAndFencesTheTarget() {
        Outcome outcome =
                Reports.fold(in(FULL_SYNC), report(Service.APPLY, new Fact.StepReached(Step.LOADED)), SyncMode.FULL);

        assertThat(outcome.status().state()).isEqualTo(COMPLETED);
        assertThat(outcome.order()).isEqualTo(Phase.STOP);
        assertThat(outcome.status().generation()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({
        "STARTING, START_FAILED, PAUSE",
        "FULL_SYNC, FULL_SYNC_FAILED, PAUSE",
        "INCREMENTAL_SYNC, INCREMENTAL_SYNC_FAILED, PAUSE",
        "PAUSED, FULL_SYNC_FAILED, PAUSE",
        "STOPPING, STOP_FAILED,"
    })
    void aFailureLeadsToTheFailedStateOfItsState(TaskState before, TaskState after, Phase order) {
        Outcome outcome = fold(in(before), Service.CAPTURE, FAILED);

        assertThat(outcome.status().state()).isEqualTo(after);
        assertThat(outcome.status().error()).isEqualTo(new TaskError(ErrorCode.SLOT_LOST, "the slot is gone", AT));
        assertThat(outcome.status().health()).isEqualTo(Health.ABNORMAL);
        assertThat(outcome.order()).isEqualTo(order);
        assertThat(outcome.notes()).singleElement().satisfies(note -> {
            assertThat(note.kind()).isEqualTo(Note.Kind.STATE_CHANGED);
            assertThat(note.code()).isEqualTo(ErrorCode.SLOT_LOST);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"START_FAILED", "FULL_SYNC_FAILED", "INCREMENTAL_SYNC_FAILED", "STOP_FAILED"})
    void aFailedTaskGivesNoMoreOrdersWhenItFailsAgain(TaskState state) {
        Outcome first = fold(in(state), Service.CAPTURE, FAILED);
        Outcome second = Reports.fold(first.status(), report(Service.CAPTURE, FAILED), SyncMode.FULL_AND_INCREMENTAL);

        assertThat(first.order()).isNull();
        assertThat(first.status().state()).isEqualTo(state);
        assertThat(first.notes()).hasSize(1);
        assertThat(second.notes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void reportsOfAnOlderGenerationChangeNothing(TaskState state) {
        TaskStatus before = in(state);
        for (Fact fact : List.of(FAILED, RETRYING, ENDED, new Fact.StepReached(Step.APPLYING))) {
            TaskReport late = new TaskReport("id", 6, Service.APPLY, "one", AT, fact);

            Outcome outcome = Reports.fold(before, late, SyncMode.FULL);

            assertThat(outcome).isEqualTo(Outcome.of(before));
        }
    }

    @Test
    void retriesOfBothServicesAreKeptApart() {
        Outcome apply = fold(in(INCREMENTAL_SYNC), Service.APPLY, RETRYING);
        Outcome both = fold(apply.status(), Service.CAPTURE, RETRYING);
        Outcome again = fold(both.status(), Service.CAPTURE, RETRYING);
        Outcome one = fold(again.status(), Service.APPLY, new Fact.Recovered());
        Outcome none = fold(one.status(), Service.CAPTURE, new Fact.StepReached(Step.CAPTURING));

        assertThat(apply.status().retrying()).isNotNull();
        assertThat(apply.notes()).extracting(Note::kind).containsExactly(Note.Kind.RETRYING);
        assertThat(again.notes()).isEmpty();
        assertThat(again.status().health()).isEqualTo(Health.UNSURE);
        assertThat(one.status().retrying()).isNotNull();
        assertThat(one.status().health()).isEqualTo(Health.UNSURE);
        assertThat(none.status().retrying()).isNull();
        assertThat(none.status().health()).isEqualTo(Health.HEALTHY);
        assertThat(none.notes()).extracting(Note::kind).containsExactly(Note.Kind.RECOVERED);
        assertThat(fold(none.status(), Service.APPLY, new Fact.Recovered()).notes())
                .isEmpty();
    }

    @Test
    void aStopIsDoneWhenBothServicesHaveEnded() {
        Outcome first = fold(in(STOPPING), Service.APPLY, ENDED);
        Outcome second = fold(first.status(), Service.CAPTURE, ENDED);

        assertThat(first.status().state()).isEqualTo(STOPPING);
        assertThat(first.order()).isNull();
        assertThat(second.status().state()).isEqualTo(COMPLETED);
        assertThat(second.order()).isEqualTo(Phase.IDLE);
    }

    @Test
    void aStopThatLeavesSomethingBehindHasFailedAndCanBeGivenAgain() {
        Fact left = new Fact.Ended(List.of(new Fact.Leftover("replication slot s", "no answer", "SELECT 1")));
        Outcome first = fold(in(STOPPING), Service.CAPTURE, left);
        Outcome second = fold(first.status(), Service.APPLY, ENDED);
        TaskStatus again = Commands.carryOut(second.status(), TaskAction.STOP).status();
        Outcome third = later(again, Service.CAPTURE);
        Outcome fourth = later(third.status(), Service.APPLY);

        assertThat(second.status().state()).isEqualTo(STOP_FAILED);
        assertThat(second.status().error().code()).isEqualTo(ErrorCode.CLEANUP_INCOMPLETE);
        assertThat(second.status().error().detail()).contains("replication slot s", "SELECT 1");
        assertThat(second.status().health()).isEqualTo(Health.ABNORMAL);
        assertThat(second.order()).isNull();
        assertThat(fourth.status().state()).isEqualTo(COMPLETED);
    }

    @Test
    void whereNothingStreamsOnlyApplyHasToEnd() {
        Outcome outcome = Reports.fold(in(STOPPING), report(Service.APPLY, ENDED), SyncMode.FULL);

        assertThat(outcome.status().state()).isEqualTo(COMPLETED);
    }

    @Test
    void aFailedStopIsDoneAsSoonAsTheServicesManage() {
        Outcome failed = fold(in(STOPPING), Service.CAPTURE, FAILED);
        Outcome first = fold(failed.status(), Service.CAPTURE, ENDED);
        Outcome second = fold(first.status(), Service.APPLY, ENDED);

        assertThat(failed.status().state()).isEqualTo(STOP_FAILED);
        assertThat(second.status().state()).isEqualTo(COMPLETED);
        assertThat(second.status().error()).isNull();
    }

    @Test
    void aForcedStopIsForgottenByTheServicesOnceTheyAnswer() {
        TaskStatus forced =
                Commands.carryOut(in(INCREMENTAL_SYNC), TaskAction.FORCE_STOP).status();
        Outcome first = later(forced, Service.APPLY);
        Outcome second = later(first.status(), Service.CAPTURE);

        assertThat(second.status().state()).isEqualTo(COMPLETED);
        assertThat(second.order()).isEqualTo(Phase.IDLE);
        assertThat(second.notes()).isEmpty();
    }

    private static Outcome later(TaskStatus status, Service service) {
        TaskReport report = new TaskReport("id", status.generation(), service, "one", AT, ENDED);
        return Reports.fold(status, report, SyncMode.FULL_AND_INCREMENTAL);
    }

    @Test
    void whatADeletionLeavesBehindIsKept() {
        TaskStatus deleting =
                Commands.carryOut(in(COMPLETED), TaskAction.DELETE).status();
        Leftover slot = new Leftover("slot", "in use", "SELECT 1");
        TaskReport report = new TaskReport("id", 8, Service.CAPTURE, "one", AT, new Fact.Ended(List.of(slot)));

        Outcome outcome = Reports.fold(deleting, report, SyncMode.FULL_AND_INCREMENTAL);

        assertThat(outcome.status().leftovers()).containsExactly(slot);
        assertThat(outcome.status().ended(true)).isFalse();
        assertThat(outcome.order()).isNull();
    }

    @Test
    void namedStatesAreTheOnesThatFailuresLeadTo() {
        assertThat(START_FAILED.whenResumed()).isEqualTo(STARTING);
        assertThat(FULL_SYNC_FAILED.whenResumed()).isEqualTo(FULL_SYNC);
        assertThat(INCREMENTAL_SYNC_FAILED.whenResumed()).isEqualTo(INCREMENTAL_SYNC);
        assertThat(PAUSED.whenFailed()).isEqualTo(PAUSED);
    }

    @Test
    void aResetIsDoneWhenBothServicesHaveAnswered() {
        TaskStatus resetting = Commands.carryOut(in(PAUSED), TaskAction.RESET).status();
        Outcome first =
                answered(resetting, Service.CAPTURE, new Fact.Ended(List.of(new Leftover("slot", "busy", "x"))));
        assertThat(first.status().state()).isEqualTo(PAUSED);

        Outcome both = answered(first.status(), Service.APPLY, ENDED);

        assertThat(both.status().state()).isEqualTo(TaskState.CONFIGURATION);
        assertThat(both.order()).isEqualTo(Phase.IDLE);
        assertThat(both.status().started()).isFalse();
        assertThat(both.status().generation()).isEqualTo(resetting.generation() + 1);
        assertThat(answered(both.status(), Service.APPLY, FAILED).status()).isEqualTo(both.status());
    }

    @Test
    void aResetWaitsForATargetThatStillHasTheBookkeeping() {
        TaskStatus resetting =
                Commands.carryOut(in(FULL_SYNC_FAILED), TaskAction.RESET).status();
        TaskStatus captured = answered(resetting, Service.CAPTURE, ENDED).status();

        Outcome left =
                answered(captured, Service.APPLY, new Fact.Ended(List.of(new Leftover("bookkeeping", "away", null))));

        assertThat(left.status().state()).isEqualTo(FULL_SYNC_FAILED);
        assertThat(left.status().resetting()).isTrue();
        assertThat(Commands.carryOut(left.status(), TaskAction.RESET).order()).isEqualTo(Phase.DELETE);
    }

    /** About the newest order. */
    private static Outcome answered(TaskStatus status, Service service, Fact fact) {
        return Reports.fold(
                status,
                new TaskReport("id", status.generation(), service, "one", AT, fact),
                SyncMode.FULL_AND_INCREMENTAL);
    }

    private static Outcome fold(TaskStatus status, Service service, Fact fact) {
        return Reports.fold(status, report(service, fact), SyncMode.FULL_AND_INCREMENTAL);
    }

    private static TaskReport report(Service service, Fact fact) {
        return new TaskReport("id", 7, service, "one", AT, fact);
    }
}
