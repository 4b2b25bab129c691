package io.sluice.task.compare;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.error.SluiceException;
import jakarta.enterprise.context.ApplicationScoped;
import org.jboss.logging.Logger;

/** Forgets comparisons that many newer ones of their task have followed. */
@ApplicationScoped
class OldComparisons {

    private static final Logger LOG = Logger.getLogger(OldComparisons.class);

    /** In a transaction; each may have the results of thousands of tables. */
    private static final int BATCH = 20;

    private final ComparisonService comparisons;

    OldComparisons(ComparisonService comparisons) {
        this.comparisons = comparisons;
    }

    @Scheduled(every = "1h", delayed = "1m", concurrentExecution = ConcurrentExecution.SKIP)
    void run() {
        for (String task : comparisons.tasksWithOldOnes()) {
            try {
                while (comparisons.deleteOld(task, BATCH) == BATCH) {
                    LOG.debugf("Old comparisons are deleted: task=%s", task);
                }
            } catch (SluiceException e) {
                LOG.debugf("The task went away with its comparisons: task=%s cause=%s", task, e.getMessage());
            }
        }
    }
}
