package io.sluice.task.compare;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.sluice.contracts.errand.Errand;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Repairs in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class RepairErrands implements PanacheRepositoryBase<RepairRow, RepairRow.Key> {

    /** What the order of the task is to hold. */
    public List<Errand> open(String taskId) {
        return findOpen(taskId)
                .map(row -> List.<Errand>of(new Errand.Repair(row.number, row.comparison)))
                .orElse(List.of());
    }

    /** Nobody works for the task any more. */
    public void cancelAll(String taskId, Instant now) {
        findOpen(taskId).ifPresent(row -> {
            row.state = RepairState.CANCELLED;
            row.endedAt = now;
            row.errorDetail = "the task was stopped, reset or deleted";
        });
    }

    Optional<RepairRow> findOpen(String taskId) {
        return find("taskId = ?1 and state = ?2", taskId, RepairState.RUNNING).firstResultOptional();
    }

    Optional<RepairRow> findOpen(String taskId, int number) {
        return findByIdOptional(new RepairRow.Key(taskId, number)).filter(row -> row.state == RepairState.RUNNING);
    }

    int nextNumber(String taskId) {
        return find("taskId = ?1 order by number desc", taskId)
                .page(0, 1)
                .firstResultOptional()
                .map(row -> row.number + 1)
                .orElse(1);
    }

    /** The newest of a comparison. */
    Optional<RepairRow> newest(String taskId, int comparison) {
        return find("taskId = ?1 and comparison = ?2 order by number desc", taskId, comparison)
                .page(0, 1)
                .firstResultOptional();
    }
}
