package io.sluice.task.cutover;

import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.errand.ErrandRows;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Cutovers in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class CutoverErrands implements ErrandRows<CutoverRow> {

    private static final List<CutoverState> OPEN = List.of(CutoverState.RUNNING, CutoverState.ABORTING);

    /** What the order of the task is to hold. */
    public List<Errand> open(String taskId) {
        return findOpen(taskId).map(row -> List.<Errand>of(row.errand())).orElse(List.of());
    }

    /** @throws SluiceException {@code CUTOVER_RUNNING} */
    public void requireNone(String taskId) {
        if (findOpen(taskId).isPresent()) {
            throw new SluiceException(
                    ErrorCode.CUTOVER_RUNNING,
                    "A cutover of this task is running. Wait for its end, or abort it with DELETE /api/v1/tasks/"
                            + taskId + "/cutover.");
        }
    }

    /** The task has ended by other means: nobody works on its cutover any more. */
    public void abandon(String taskId, Instant now) {
        findOpen(taskId).ifPresent(row -> {
            row.state = CutoverState.ABORTED;
            row.endedAt = now;
        });
    }

    Optional<CutoverRow> findOpen(String taskId) {
        return find("taskId = ?1 and state in ?2", taskId, OPEN).firstResultOptional();
    }
}
