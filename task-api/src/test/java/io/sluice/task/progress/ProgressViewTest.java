package io.sluice.task.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.progress.Positions.Dated;
import io.sluice.task.progress.ProgressView.PhaseState;
import io.sluice.task.progress.ProgressView.PhaseView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProgressViewTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @Test
    void phasesFollowTheStepsThatWereReached() {
        assertThat(phases(TaskState.STARTING, null))
                .containsExactly(PhaseState.RUNNING, PhaseState.WAITING, PhaseState.WAITING);
        assertThat(phases(TaskState.START_FAILED, Step.STRUCTURE))
                .containsExactly(PhaseState.FAILED, PhaseState.WAITING, PhaseState.WAITING);
        assertThat(phases(TaskState.FULL_SYNC, Step.LOADING))
                .containsExactly(PhaseState.DONE, PhaseState.RUNNING, PhaseState.WAITING);
        assertThat(phases(TaskState.FULL_SYNC_FAILED, Step.LOADING))
                .containsExactly(PhaseState.DONE, PhaseState.FAILED, PhaseState.WAITING);
        assertThat(phases(TaskState.INCREMENTAL_SYNC, Step.APPLYING))
                .containsExactly(PhaseState.DONE, PhaseState.DONE, PhaseState.RUNNING);
        assertThat(phases(TaskState.COMPLETED, Step.APPLYING))
                .containsExactly(PhaseState.DONE, PhaseState.DONE, PhaseState.DONE);
    }

    @Test
    void whatTheTargetRefusedIsShownApartFromWhatWasLeftOut() {
        StructureProblem failed = new StructureProblem("VIEW", "a.v", true, "no table a.t", "42P01", "CREATE VIEW …;");
        StructureProblem skipped = new StructureProblem("INDEX", "a.i", false, "uses a.c", null, "CREATE INDEX …;");
        StructureProgress reported = new StructureProgress(
                List.of(new KindProgress("INDEX", 3, 2, 0, 1), new KindProgress("VIEW", 2, 1, 1, 0)),
                List.of(failed, skipped),
                2);

        ProgressView.StructureView structure =
                view(List.of(table("a", TableState.DONE, 1, 1))).with(reported).structure();

        assertThat(structure.done()).isEqualTo(3);
        assertThat(structure.problemCount()).isEqualTo(2);
        assertThat(structure.failed())
                .containsExactly(new ProgressView.Problem("VIEW", "a.v", "no table a.t", "42P01", "CREATE VIEW …;"));
        assertThat(structure.skipped())
                .containsExactly(new ProgressView.Problem("INDEX", "a.i", "uses a.c", null, "CREATE INDEX …;"));
        assertThat(structure.kinds()).isEqualTo(reported.kinds());
    }

    @Test
    void theLoadIsCompleteOnlyWhenEveryTableIs() {
        TableProgress done = table("a", TableState.DONE, 10, 90);
        TableProgress copied = table("b", TableState.INDEXING, 10, 10);

        ProgressView almost = view(List.of(done, copied));
        ProgressView complete = view(List.of(done));

        assertThat(almost.percent()).isEqualTo(99);
        assertThat(almost.rows()).isEqualTo(100);
        assertThat(complete.percent()).isEqualTo(100);
        assertThat(complete.rowsEstimated()).isEqualTo(90);
    }

    @Test
    void anEmptyTableThatWaitsIsAtZero() {
        assertThat(view(List.of(table("a", TableState.WAITING, 0, 0))).percent())
                .isZero();
    }

    @Test
    void theEndIsToldByRowsAndWithoutStatisticsByBytes() {
        TableProgress analyzed = loading("a", 1_000, 400, 10, 4_000, 10_000, 40, 100);
        TableProgress fresh = loading("b", 0, 400, 10, 20_000, 10_000, 40, 500);
        TableProgress grown = loading("c", 100, 400, 10, 20_000, 10_000, 40, 500);
        TableProgress begun = loading("d", 0, 0, 0, 0, 10_000, 0, 500);
        TableProgress still = loading("e", 0, 400, 0, 20_000, 10_000, 40, 0);

        assertThat(view(List.of(analyzed, fresh, grown, begun, still)).tables())
                .extracting(ProgressView.TableView::secondsLeft)
                // Of 10,000 bytes at the source 4,000 became 20,000 on their way, so 30,000 are left.
                .containsExactly(60L, 60L, 60L, 20L, null);
        assertThat(view(List.of(analyzed)).secondsLeft()).isEqualTo(60);
        assertThat(view(List.of(fresh)).secondsLeft()).isEqualTo(60);
        // Rows would say 30 s; the bytes are 36,000 at 600 a second.
        assertThat(view(List.of(analyzed, fresh)).secondsLeft()).isEqualTo(60);
        assertThat(view(List.of(still)).secondsLeft()).isNull();
    }

    private static TableProgress loading(
            String name,
            long estimated,
            long rows,
            long rowsPerSecond,
            long bytes,
            long sourceBytes,
            int percent,
            long bytesPerSecond) {
        return new TableProgress(
                new TableName("public", name),
                TableState.LOADING,
                estimated,
                rows,
                bytes,
                sourceBytes,
                percent,
                rowsPerSecond,
                bytesPerSecond,
                null,
                null);
    }

    @Test
    void lagGrowsWhileAServiceIsSilent() {
        Dated<ApplyPosition> fresh = new Dated<>(new ApplyPosition("0/1", 20, 50), NOW.minusSeconds(1));
        Dated<ApplyPosition> old = new Dated<>(new ApplyPosition("0/1", 20, 50), NOW.minusSeconds(60));

        assertThat(LagView.of(Optional.empty(), Optional.of(fresh), null, NOW).totalMillis())
                .isEqualTo(50);
        assertThat(LagView.of(Optional.empty(), Optional.of(old), null, NOW).totalMillis())
                .isEqualTo(60_050);
    }

    @Test
    void changesAreKeptUntilRetentionEatsTheOldestThatApplyNeeds() {
        Instant started = NOW.minusSeconds(600);
        Dated<ApplyPosition> apply = new Dated<>(new ApplyPosition("0/1", 2_000, 3_000), NOW);

        assertThat(LagView.of(capture(60_000), Optional.of(apply), started, NOW).resumableUntil())
                .isEqualTo(NOW.plusSeconds(58));
        assertThat(LagView.of(capture(60_000), Optional.empty(), started, NOW).resumableUntil())
                .isEqualTo(started.plusSeconds(60));
        assertThat(LagView.of(capture(-1), Optional.of(apply), started, NOW).resumableUntil())
                .isNull();
        assertThat(LagView.of(Optional.empty(), Optional.empty(), started, NOW)).isEqualTo(LagView.UNKNOWN);
    }

    @Test
    void ofManyPositionsInABatchTheNewestOfEachServiceCounts() {
        TaskReport first = report(Service.APPLY, new ApplyPosition("0/1", 1, 1));
        TaskReport second = report(Service.CAPTURE, capture(1).orElseThrow().fact());
        TaskReport step = report(Service.APPLY, new io.sluice.contracts.report.Fact.StepReached(Step.APPLYING));
        TaskReport last = report(Service.APPLY, new ApplyPosition("0/2", 1, 1));

        assertThat(ReportConsumer.newest(List.of(first, second, step, last))).containsExactly(second, step, last);
    }

    private static TaskReport report(Service service, io.sluice.contracts.report.Fact fact) {
        return new TaskReport("id", 1, service, "one", NOW, fact);
    }

    private static Optional<Dated<CapturePosition>> capture(long retentionMillis) {
        return Optional.of(new Dated<>(new CapturePosition("0/2", "0/1", 10, 100, "reserved", retentionMillis), NOW));
    }

    private static List<PhaseState> phases(TaskState state, @Nullable Step step) {
        TaskStatus status = new TaskStatus(state, null, 1, Phase.RUN, step, null, null, null, null, null, false);
        return ProgressView.of(status, SyncMode.FULL_AND_INCREMENTAL, List.of()).phases().stream()
                .map(PhaseView::state)
                .toList();
    }

    private static ProgressView view(List<TableProgress> tables) {
        TaskStatus status = new TaskStatus(
                TaskState.FULL_SYNC, null, 1, Phase.RUN, Step.LOADING, null, null, null, null, null, false);
        return ProgressView.of(status, SyncMode.FULL_AND_INCREMENTAL, tables);
    }

    private static TableProgress table(String name, TableState state, long estimated, long rows) {
        return new TableProgress(new TableName("public", name), state, estimated, rows, rows * 10);
    }
}
