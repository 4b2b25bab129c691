package io.sluice.placement;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import java.util.List;

/** What a service does for a task. One bean of each service; called for many tasks at once, each on its own thread. */
public interface TaskWorker {

    TaskReport.Service service();

    /** Whether there is work to run in this phase; a run goes on unchanged from one such phase to another. */
    boolean runsIn(Phase phase);

    /**
     * Works on the task until {@link RunContext#stopping()}, or until nothing is left to do. Called again after an error
     * as long as the task's retry windows allow, so it must find out by itself where it was.
     *
     * @throws SluiceException whatever went wrong; its code decides whether and how long it is retried
     */
    void run(TaskOrder order, RunContext context);

    /**
     * Carries out an order to STOP or DELETE; nothing runs for the task meanwhile. May be called again for what is
     * already gone.
     *
     * @return what could not be removed, and why
     * @throws SluiceException when it should be tried again
     */
    List<Fact.Leftover> end(TaskOrder order, RunContext context);
}
