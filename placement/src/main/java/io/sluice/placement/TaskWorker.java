package io.sluice.placement;

import io.sluice.contracts.errand.Errand;
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

    /** Whether a run must begin anew when the order asks for other loads ({@link TaskOrder#loads}). */
    default boolean loads() {
        return false;
    }

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

    /**
     * Carries out an errand, beside whatever runs, until it is done or {@link RunContext#stopping()}. Called again after
     * a restart for one whose end was reported or not, so it must find out by itself where it was. What goes wrong is
     * reported by the worker. A service that has no errands does nothing.
     */
    default void carryOut(Errand errand, RunContext context) {}
}
