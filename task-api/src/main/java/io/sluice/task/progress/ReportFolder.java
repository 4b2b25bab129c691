package io.sluice.task.progress;

import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.task.task.TaskService;
import io.sluice.task.task.TaskTables;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

/** Puts a report where it belongs; each in a transaction of its own. */
@ApplicationScoped
class ReportFolder {

    private final TaskService tasks;
    private final TaskTables tables;
    private final Positions positions;

    ReportFolder(TaskService tasks, TaskTables tables, Positions positions) {
        this.tasks = tasks;
        this.tables = tables;
        this.positions = positions;
    }

    @Transactional
    void fold(TaskReport report) {
        switch (report.fact()) {
            case Fact.CapturePosition ignored -> positions.put(report);
            case Fact.ApplyPosition ignored -> positions.put(report);
            case Fact.LoadProgress progress -> {
                if (tasks.isCurrent(report)) {
                    tables.put(report.taskId(), progress.tables());
                }
            }
            case Fact.StepReached ignored -> tasks.fold(report);
            case Fact.Retrying ignored -> tasks.fold(report);
            case Fact.Recovered ignored -> tasks.fold(report);
            case Fact.Failed ignored -> tasks.fold(report);
            case Fact.Ended ignored -> tasks.fold(report);
        }
    }
}
