package io.sluice.notifier.alert;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Optional;

@ApplicationScoped
class AlertRepository implements PanacheRepositoryBase<AlertEntity, String> {

    Optional<AlertEntity> lock(String key) {
        return findByIdOptional(key, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Whether the event is seen for the first time. */
    boolean remember(String eventId, Instant now) {
        return getEntityManager()
                        .createNativeQuery("""
                                INSERT INTO handled_event (id, handled_at) VALUES (:id, :now)
                                ON CONFLICT DO NOTHING
                                """)
                        .setParameter("id", eventId)
                        .setParameter("now", now)
                        .executeUpdate()
                == 1;
    }

    int forgetEventsBefore(Instant time) {
        return getEntityManager()
                .createNativeQuery("DELETE FROM handled_event WHERE handled_at < :time")
                .setParameter("time", time)
                .executeUpdate();
    }
}
