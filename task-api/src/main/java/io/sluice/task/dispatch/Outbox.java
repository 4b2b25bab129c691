package io.sluice.task.dispatch;

import io.quarkus.hibernate.orm.panache.PanacheRepository;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes records inside the caller's transaction. Those of one key are published in the order in which they were put
 * here, provided that the caller holds a lock that all writers of the key take.
 */
@ApplicationScoped
public class Outbox implements PanacheRepository<OutboxRow> {

    private final Event<Filled> filled;
    private final Clock clock;

    Outbox(Event<Filled> filled, Clock clock) {
        this.filled = filled;
        this.clock = clock;
    }

    /** @param payload null for a tombstone */
    public void put(String topic, String key, @Nullable String payload) {
        OutboxRow row = new OutboxRow();
        row.topic = topic;
        row.recordKey = key;
        row.payload = payload;
        row.created = clock.instant();
        persist(row);
        filled.fire(new Filled());
    }

    List<OutboxRow> oldest(int limit) {
        return find("order by id").page(0, limit).list();
    }

    void delete(List<Long> ids) {
        if (!ids.isEmpty()) {
            delete("id in ?1", ids);
        }
    }

    /** Whether this transaction may publish; of all instances only one may at a time. */
    boolean lockForPublishing() {
        Object locked = getEntityManager()
                .createNativeQuery("SELECT pg_try_advisory_xact_lock(hashtext('sluice.outbox'))", Boolean.class)
                .getSingleResult();
        return Boolean.TRUE.equals(locked);
    }

    /** There is something to publish once the transaction is committed. */
    record Filled() {}
}
