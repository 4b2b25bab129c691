package io.sluice.task.task;

import io.sluice.contracts.errand.Errand;
import io.sluice.task.compare.ComparisonErrands;
import io.sluice.task.compare.RepairErrands;
import io.sluice.task.cutover.CutoverErrands;
import io.sluice.task.snapshot.SnapshotErrands;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** What is to be done for tasks beside their runs, whoever asked for it; in the caller's transaction. */
@ApplicationScoped
class OpenErrands {

    private final ComparisonErrands comparisons;
    private final CutoverErrands cutovers;
    private final RepairErrands repairs;
    private final SnapshotErrands snapshots;

    OpenErrands(
            ComparisonErrands comparisons, CutoverErrands cutovers, RepairErrands repairs, SnapshotErrands snapshots) {
        this.snapshots = snapshots;
        this.comparisons = comparisons;
        this.cutovers = cutovers;
        this.repairs = repairs;
    }

    List<Errand> list(String taskId) {
        return Stream.of(comparisons.open(taskId), cutovers.open(taskId), repairs.open(taskId), snapshots.open(taskId))
                .flatMap(List::stream)
                .toList();
    }

    /** Nobody will carry them out. */
    void end(String taskId, Instant now) {
        comparisons.cancelAll(taskId, now);
        cutovers.abandon(taskId, now);
        repairs.cancelAll(taskId, now);
        snapshots.cancelAll(taskId, now);
    }

    /** @throws io.sluice.contracts.error.SluiceException {@code CUTOVER_RUNNING} */
    void requireNoCutover(String taskId) {
        cutovers.requireNone(taskId);
    }
}
