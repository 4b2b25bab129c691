package io.sluice.task.errand;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import java.util.List;
import java.util.Optional;

/** All of one kind in the configuration database; in the caller's transaction, which holds the lock on the task. */
public interface ErrandRows<R extends ErrandRow> extends PanacheRepositoryBase<R, ErrandRow.Key> {

    default Optional<R> findNumber(String taskId, int number) {
        return findByIdOptional(new ErrandRow.Key(taskId, number));
    }

    default Optional<R> newest(String taskId) {
        return page(taskId, Integer.MAX_VALUE, 1).stream().findFirst();
    }

    default int nextNumber(String taskId) {
        return newest(taskId).map(row -> row.number + 1).orElse(1);
    }

    /** The newest first, from before this number on. */
    default List<R> page(String taskId, int before, int size) {
        return find("taskId = ?1 and number < ?2 order by number desc", taskId, before)
                .page(0, size)
                .list();
    }
}
