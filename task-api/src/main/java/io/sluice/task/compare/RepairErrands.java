package io.sluice.task.compare;

import io.sluice.contracts.errand.Errand;
import io.sluice.task.errand.ErrandRows;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Repairs in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class RepairErrands implements ErrandRows<RepairRow> {

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
        return findNumber(taskId, number).filter(row -> row.state == RepairState.RUNNING);
    }

    /** The newest of a comparison. */
    Optional<RepairRow> newest(String taskId, int comparison) {
        return find("taskId = ?1 and comparison = ?2 order by number desc", taskId, comparison)
                .page(0, 1)
                .firstResultOptional();
    }
}
