package io.sluice.task.task;

import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.task.precheck.PrecheckService;
import io.sluice.task.precheck.PrecheckService.Admission;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Starts a task once its prechecks allow it; they run outside of any transaction of our own. */
@ApplicationScoped
class TaskStarter {

    private final TaskService tasks;
    private final PrecheckService prechecks;

    TaskStarter(TaskService tasks, PrecheckService prechecks) {
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
        tasks.requireStartable(id);
        Admission admission = prechecks.admit(id);
        List<TableProgress> selected = admission.tables().stream()
                .map(table -> new TableProgress(table.name(), TableState.WAITING, table.rowsEstimated(), 0, 0))
                .toList();
        return tasks.start(id, admission.spec(), selected);
    }
}
