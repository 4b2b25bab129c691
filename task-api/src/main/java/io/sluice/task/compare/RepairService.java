package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.http.access.CurrentCaller;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;

/** Repairs of what comparisons found; each method is one transaction. */
@ApplicationScoped
@Transactional
public class RepairService {

    private final ComparisonTasks tasks;
    private final ComparisonService comparisons;
    private final RepairErrands repairs;
    private final CurrentCaller callers;
    private final Clock clock;

    RepairService(
            ComparisonTasks tasks,
            ComparisonService comparisons,
            RepairErrands repairs,
            CurrentCaller callers,
            Clock clock) {
        this.tasks = tasks;
        this.comparisons = comparisons;
        this.repairs = repairs;
        this.callers = callers;
        this.clock = clock;
    }

    /**
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code COMPARISON_NOT_FOUND} when there is nothing to repair, {@code
     *     TASK_STATE}, {@code COMPARISON_RUNNING} while another repair runs
     */
    RepairView request(String id, int comparison) {
        ComparisonTasks.Subject subject = tasks.lockSubject(id);
        if (comparisons.view(id, comparison).repairSql() == null) {
            throw new SluiceException(
                    ErrorCode.COMPARISON_NOT_FOUND,
                    "Comparison " + comparison + " has no rows to repair: it has not ended, or found none.");
        }
        if (subject.status().state() != TaskState.INCREMENTAL_SYNC) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is in " + subject.status().state()
                            + "; a repair is possible in INCREMENTAL_SYNC, where it can be told which changes are still on"
                            + " their way. In other states take the comparison's repair SQL.");
        }
        repairs.findOpen(id).ifPresent(row -> {
            throw new SluiceException(
                    ErrorCode.COMPARISON_RUNNING,
                    "A repair of what comparison " + row.comparison + " found is running. Wait for its end.");
        });
        RepairRow row = new RepairRow();
        row.taskId = id;
        row.number = repairs.nextNumber(id);
        row.comparison = comparison;
        row.requestedAt = clock.instant();
        row.requestedBy = callers.get().name();
        repairs.persist(row);
        tasks.noteUserAction(id, "repair of what comparison " + comparison + " found");
        repairs.flush();
        tasks.repeatOrder(id);
        return RepairView.of(row);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code COMPARISON_NOT_FOUND} */
    RepairView view(String id, int comparison) {
        tasks.loadSpec(id);
        return repairs.newest(id, comparison)
                .map(RepairView::of)
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.COMPARISON_NOT_FOUND,
                        "Nothing that comparison " + comparison + " found was repaired. Begin with POST /api/v1/tasks/"
                                + id + "/comparisons/" + comparison + "/repair."));
    }

    /** Takes what apply-service has reported; what is about a repair that has ended changes nothing. */
    public void fold(String id, Fact.RepairProgress fact) {
        if (repairs.findOpen(id, fact.number()).isEmpty()) {
            return;
        }
        tasks.lockSubject(id);
        repairs.findOpen(id, fact.number()).ifPresent(row -> {
            repairs.getEntityManager().refresh(row);
            if (row.state != RepairState.RUNNING) {
                return;
            }
            row.tables = Json.write(fact.tables());
            if (fact.ended()) {
                row.state = fact.code() == null ? RepairState.COMPLETED : RepairState.FAILED;
                row.errorCode = fact.code();
                row.errorDetail = fact.detail();
                row.endedAt = clock.instant();
                repairs.flush();
                tasks.repeatOrder(id);
            }
        });
    }
}
