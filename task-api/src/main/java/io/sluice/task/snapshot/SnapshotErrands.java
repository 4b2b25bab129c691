package io.sluice.task.snapshot;

import io.sluice.contracts.errand.Errand;
import io.sluice.task.errand.ErrandRows;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Snapshots in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class SnapshotErrands implements ErrandRows<SnapshotRow> {

    /** What the order of the task is to hold. */
    public List<Errand> open(String taskId) {
        return findOpen(taskId)
                .map(row -> List.<Errand>of(new Errand.Snapshot(row.number, row.tableList())))
                .orElse(List.of());
    }

    /** Nobody works for the task any more, or its change topic is made anew. */
    public void cancelAll(String taskId, Instant now) {
        findOpen(taskId).ifPresent(row -> {
            row.end(SnapshotState.CANCELLED, now);
            row.errorDetail = "the task was stopped, reset, deleted or loaded anew";
        });
    }

    Optional<SnapshotRow> findOpen(String taskId) {
        return find("taskId = ?1 and state = ?2", taskId, SnapshotState.RUNNING).firstResultOptional();
    }

    Optional<SnapshotRow> findOpen(String taskId, int number) {
        return findNumber(taskId, number).filter(row -> row.state == SnapshotState.RUNNING);
    }
}
