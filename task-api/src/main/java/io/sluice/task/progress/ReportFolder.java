package io.sluice.task.progress;

import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.task.compare.ComparisonService;
import io.sluice.task.compare.RepairService;
import io.sluice.task.cutover.CutoverService;
import io.sluice.task.snapshot.SnapshotService;
import io.sluice.task.task.ReportedTasks;
import io.sluice.task.task.RunningTables;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

/** Puts a report where it belongs; each in a transaction of its own. */
@ApplicationScoped
class ReportFolder {

    private final ReportedTasks tasks;
    private final RunningTables tables;
    private final Positions positions;
    private final StructureReports structures;
    private final ComparisonService comparisons;
    private final CutoverService cutovers;
    private final RepairService repairs;
    private final SnapshotService snapshots;

    ReportFolder(
            ReportedTasks tasks,
            RunningTables tables,
            Positions positions,
            StructureReports structures,
            ComparisonService comparisons,
            CutoverService cutovers,
            RepairService repairs,
            SnapshotService snapshots) {
        this.tasks = tasks;
        this.tables = tables;
        this.positions = positions;
        this.structures = structures;
        this.comparisons = comparisons;
        this.cutovers = cutovers;
        this.repairs = repairs;
        this.snapshots = snapshots;
    }

    @Transactional
    void fold(TaskReport report) {
        switch (report.fact()) {
            case Fact.CapturePosition ignored -> positions.put(report);
            case Fact.ApplyPosition ignored -> positions.put(report);
            case Fact.TablesRenamed renamed -> tables.fold(report, renamed);
            case Fact.LoadProgress progress -> tables.fold(report, progress.tables());
            case Fact.StructureProgress progress -> {
                if (tasks.isCurrent(report)) {
                    structures.put(report.taskId(), progress);
                }
            }
            case Fact.ComparisonProgress fact -> comparisons.fold(report.taskId(), fact);
            case Fact.ObjectsCompared fact -> comparisons.fold(report.taskId(), fact);
            case Fact.ComparisonEnded fact -> comparisons.fold(report.taskId(), fact);
            case Fact.CutoverProgress fact -> cutovers.fold(report.taskId(), fact);
            case Fact.RepairProgress fact -> repairs.fold(report.taskId(), fact);
            case Fact.SnapshotProgress fact -> snapshots.fold(report.taskId(), fact);
            case Fact.StepReached ignored -> tasks.fold(report);
            case Fact.Retrying ignored -> tasks.fold(report);
            case Fact.Recovered ignored -> tasks.fold(report);
            case Fact.Failed ignored -> tasks.fold(report);
            case Fact.Ended ignored -> tasks.fold(report);
        }
    }
}
