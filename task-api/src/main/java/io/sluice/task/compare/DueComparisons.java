package io.sluice.task.compare;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.enterprise.context.ApplicationScoped;

/** Begins comparisons whose time has come, whichever instance looks: each is begun under the lock of its task. */
@ApplicationScoped
class DueComparisons {

    private static final int BATCH = 20;

    private final ComparisonService comparisons;

    DueComparisons(ComparisonService comparisons) {
        this.comparisons = comparisons;
    }

    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    void poll() {
        comparisons.beginDue(BATCH);
    }
}
