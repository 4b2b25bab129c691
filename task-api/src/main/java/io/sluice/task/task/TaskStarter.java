package io.sluice.task.task;

import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.precheck.StartChecks;
import io.sluice.task.precheck.StartChecks.Databases;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Starts a task once its databases have passed the checks, which run outside of any transaction of our own. */
@ApplicationScoped
class TaskStarter {

    private final TaskService tasks;
    private final StartChecks checks;
    private final SecretSeal seal;

    TaskStarter(TaskService tasks, StartChecks checks, SecretSeal seal) {
        this.tasks = tasks;
        this.checks = checks;
        this.seal = seal;
    }

    /** @throws io.sluice.contracts.error.SluiceException with every finding; nothing was changed anywhere then */
    TaskView start(String id) {
        TaskSpec spec = tasks.loadForStart(id);
        Databases databases = new Databases(
                spec.source(),
                Credentials.of(spec.source(), secret -> seal.open(id, secret)),
                spec.target(),
                Credentials.of(spec.target(), secret -> seal.open(id, secret)));
        List<TableProgress> selected = checks.run(spec, databases).stream()
                .map(table -> new TableProgress(table.name(), TableState.WAITING, table.rowsEstimated(), 0, 0))
                .toList();
        return tasks.start(id, selected);
    }
}
