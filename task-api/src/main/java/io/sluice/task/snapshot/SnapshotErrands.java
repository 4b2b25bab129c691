package io.sluice.task.snapshot;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.sluice.contracts.errand.Errand;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Snapshots in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class SnapshotErrands implements PanacheRepositoryBase<SnapshotRow, SnapshotRow.Key> {

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
        return findByIdOptional(new SnapshotRow.Key(taskId, number)).filter(row -> row.state == SnapshotState.RUNNING);
    }

    int nextNumber(String taskId) {
        return page(taskId, Integer.MAX_VALUE, 1).stream()
                .findFirst()
                .map(row -> row.number + 1)
                .orElse(1);
    }

    /** The newest first, from before this number on. */
    List<SnapshotRow> page(String taskId, int before, int size) {
        return find("taskId = ?1 and number < ?2 order by number desc", taskId, before)
                .page(0, size)
                .list();
    }
}
