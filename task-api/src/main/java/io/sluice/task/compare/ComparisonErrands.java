package io.sluice.task.compare;

import io.sluice.contracts.errand.Errand;
import io.sluice.task.errand.ErrandRows;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Comparisons in the configuration database; in the caller's transaction, which holds the lock on the task. */
@ApplicationScoped
public class ComparisonErrands implements ErrandRows<ComparisonRow> {

    private static final List<ComparisonState> OPEN = List.of(ComparisonState.REQUESTED, ComparisonState.RUNNING);

    private final EntityManager entities;

    ComparisonErrands(EntityManager entities) {
        this.entities = entities;
    }

    /** What the order of the task is to hold. */
    public List<Errand> open(String taskId) {
        List<Errand> open = new ArrayList<>();
        find("taskId = ?1 and state in ?2 order by number", taskId, OPEN).list().forEach(row -> open.add(row.errand()));
        return open;
    }

    /** Nobody works for the task any more. */
    public void cancelAll(String taskId, Instant now) {
        List<ComparisonState> left =
                List.of(ComparisonState.SCHEDULED, ComparisonState.REQUESTED, ComparisonState.RUNNING);
        find("taskId = ?1 and state in ?2", taskId, left).list().forEach(row -> {
            row.state = ComparisonState.CANCELLED;
            row.endedAt = now;
            row.errorDetail = "the task was stopped, reset or deleted";
        });
    }

    List<ComparisonRow> openOf(String taskId) {
        return find("taskId = ?1 and state in ?2", taskId, OPEN).list();
    }

    /** Tasks that have more comparisons than so many. */
    List<String> tasksWithMoreThan(int kept) {
        return entities.createQuery(
                        "select c.taskId from ComparisonRow c group by c.taskId having count(c.number) > :kept",
                        String.class)
                .setParameter("kept", (long) kept)
                .getResultList();
    }

    /**
     * Deletes comparisons that have ended, with their results and repairs, oldest first. That of the newest repair stays:
     * it may be running, and its number, by which the target notes what was repaired, must not be given to another.
     *
     * @param kept the newest ones that stay
     * @param limit at most so many are deleted
     * @return how many were
     */
    int deleteOld(String taskId, int kept, int limit) {
        String sql = """
                DELETE FROM comparison WHERE task_id = ?1 AND number IN (
                    SELECT number FROM comparison
                    WHERE task_id = ?1 AND state IN ('COMPLETED', 'FAILED', 'CANCELLED')
                    AND number <= (
                        SELECT number FROM comparison WHERE task_id = ?1 ORDER BY number DESC OFFSET ?2 LIMIT 1)
                    AND number NOT IN (
                        SELECT comparison FROM repair
                        WHERE task_id = ?1 AND number = (SELECT max(number) FROM repair WHERE task_id = ?1))
                    ORDER BY number LIMIT ?3)
                """;
        return entities.createNativeQuery(sql)
                .setParameter(1, taskId)
                .setParameter(2, kept)
                .setParameter(3, limit)
                .executeUpdate();
    }

    /** Tasks with a comparison that is due. */
    List<ComparisonRow> due(Instant now, int limit) {
        return find("state = ?1 and at <= ?2 order by at", ComparisonState.SCHEDULED, now)
                .page(0, limit)
                .list();
    }
}
