package io.sluice.task.task;

import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.compare.ComparisonTasks;
import io.sluice.task.cutover.CutoverTasks;
import io.sluice.task.life.Commands;
import io.sluice.task.snapshot.SnapshotTasks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

/** What comparisons, cutovers and snapshots ask of the stored tasks and do to them. */
@ApplicationScoped
@Transactional
class TaskErrands implements ComparisonTasks, CutoverTasks, SnapshotTasks {

    private final TaskRepository tasks;
    private final TaskTables tables;
    private final TaskJournal journal;

    TaskErrands(TaskRepository tasks, TaskTables tables, TaskJournal journal) {
        this.tasks = tasks;
        this.tables = tables;
        this.journal = journal;
    }

    @Override
    public TaskSpec loadSpec(String id) {
        return tasks.load(id).taskSpec();
    }

    @Override
    public ComparisonTasks.Subject lockSubject(String id) {
        return new ComparisonTasks.Subject(tasks.lock(id).status(), tables.names(id));
    }

    @Override
    public CutoverTasks.Subject lockForCutover(String id) {
        TaskRow row = tasks.lock(id);
        return new CutoverTasks.Subject(row.status(), row.project, row.taskSpec(), tables.names(id));
    }

    @Override
    public CutoverTasks.Subject loadForCutover(String id) {
        TaskRow row = tasks.load(id);
        return new CutoverTasks.Subject(row.status(), row.project, row.taskSpec(), tables.names(id));
    }

    @Override
    public SnapshotTasks.Subject lockForSnapshot(String id) {
        return new SnapshotTasks.Subject(tasks.lock(id).status(), tables.names(id));
    }

    @Override
    public void requireTask(String id) {
        tasks.load(id);
    }

    @Override
    public void requireInStep(String id) {
        tables.requireInStep(id);
    }

    @Override
    public void repeatOrder(String id) {
        journal.repeatOrder(tasks.lock(id));
    }

    @Override
    public void noteUserAction(String id, String what) {
        TaskRow row = tasks.lock(id);
        journal.write(row, Commands.note(row.status(), what));
    }

    @Override
    public void publish(String id, Comparison result, String detail) {
        journal.writeComparison(tasks.lock(id), result, detail);
    }

    @Override
    public void cutOver(String id) {
        TaskRow row = tasks.lock(id);
        journal.write(row, Commands.cutOver(row.status()));
    }
}
