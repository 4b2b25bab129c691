package io.sluice.notifier.alert;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Optional;

@ApplicationScoped
class WatchRepository implements PanacheRepositoryBase<WatchEntity, String> {

    /** Locked until the transaction ends: two instances that hold one task's events for a moment come one after the other. */
    Optional<WatchEntity> lock(String taskId) {
        return findByIdOptional(taskId, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Tasks that were deleted before that time; none of their events is handled any more. */
    long forgetDeletedBefore(Instant time) {
        return delete("state = ?1 and heardAt < ?2", WatchEntity.DELETED, time);
    }

    /** When the task was last heard of that has been silent for longest, of those whose figures should come. */
    Optional<Instant> longestSilent() {
        String sql = """
                SELECT min(heard_at) FROM task_watch
                WHERE state NOT IN ('', 'CONFIGURATION', 'PENDING_START', 'COMPLETED', 'DELETED')
                """;
        return Optional.ofNullable((Instant)
                getEntityManager().createNativeQuery(sql, Instant.class).getSingleResult());
    }
}
