package io.sluice.task.task;

import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.task.precheck.PrecheckService;
import io.sluice.task.precheck.PrecheckService.Admission;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts a task once its prechecks allow it; they run outside of any transaction of our own. */
@ApplicationScoped
class TaskStarter {

    private final TaskStarts tasks;
    private final PrecheckService prechecks;

    TaskStarter(TaskStarts tasks, PrecheckService prechecks) {
        this.tasks = tasks;
        this.prechecks = prechecks;
    }

    /**
     * @param at when to start; everything is looked at once more then
     * @throws io.sluice.contracts.error.SluiceException as for a start, and when the time is past or too far ahead
     */
    TaskView schedule(String id, Instant at) {
        tasks.requireSchedulable(id, at);
        return tasks.schedule(id, at, prechecks.admit(id).spec());
    }

    /** @throws io.sluice.contracts.error.SluiceException with every finding; nothing was changed anywhere then */
    TaskView start(String id) {
        return start(id, null);
    }

    /**
     * @param at the time for which the start was planned, which has come
     * @throws io.sluice.contracts.error.SluiceException also when it was taken back, if only while the checks ran
     */
    TaskView startDue(String id, Instant at) {
        return start(id, at);
    }

    private TaskView start(String id, @Nullable Instant due) {
        tasks.requireStartable(id, due);
        Admission admission = prechecks.admit(id);
        boolean loads = admission.spec().mode().loads();
        List<TableProgress> selected = admission.tables().stream()
                .map(table -> loads
                        ? new TableProgress(table.name(), TableState.WAITING, table.rowsEstimated(), 0, 0)
                        : new TableProgress(table.name(), TableState.DONE, 0, 0, 0))
                .toList();
        return tasks.start(id, due, admission.spec(), selected);
    }
}
