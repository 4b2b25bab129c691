package io.sluice.notifier.delivery;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Sort;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class DeliveryRepository implements PanacheRepositoryBase<Delivery, Long> {

    /**
     * What may be sent now, the longest due first. Of each subscription at most one message is under way, so a slow
     * receiver holds up only itself, and none that an earlier message of the same alert must precede. The rows are locked; rows
     * that another instance has locked are passed over.
     */
    List<Delivery> lockDue(Instant now, int limit) {
        String sql = """
                SELECT d.* FROM delivery d
                WHERE d.state = 'PENDING' AND (d.claimed_until IS NULL OR d.claimed_until <= :now)
                  AND d.seq IN (
                    SELECT DISTINCT ON (c.subscription_id) c.seq FROM delivery c
                    WHERE c.state = 'PENDING' AND c.due_at <= :now AND c.sealed_secret IS NOT NULL
                      AND NOT EXISTS (
                        SELECT 1 FROM delivery other
                        WHERE other.state = 'PENDING' AND other.subscription_id = c.subscription_id
                          AND (other.claimed_until > :now
                               OR (other.seq < c.seq AND other.alert_key = c.alert_key)))
                    ORDER BY c.subscription_id, c.due_at, c.seq)
                ORDER BY d.due_at, d.seq
                LIMIT :limit
                FOR UPDATE OF d SKIP LOCKED
                """;
        return getEntityManager()
                .unwrap(Session.class)
                .createNativeQuery(sql, Delivery.class)
                .setParameter("now", now)
                .setParameter("limit", limit)
                .getResultList();
    }

    Optional<Delivery> lock(UUID id) {
        return find("id", id).withLock(LockModeType.PESSIMISTIC_WRITE).firstResultOptional();
    }

    /** Newest first. */
    List<Delivery> findPage(@Nullable String topic, @Nullable DeliveryState state, long before, int size) {
        StringBuilder condition = new StringBuilder("seq < :before");
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("before", before);
        if (topic != null) {
            condition.append(" and topic = :topic");
            parameters.put("topic", topic);
        }
        if (state != null) {
            condition.append(" and state = :state");
            parameters.put("state", state);
        }
        return find(condition.toString(), Sort.descending("seq"), parameters)
                .range(0, size - 1)
                .list();
    }

    /** Ends what waits for a subscription that is being deleted, and forgets its secret. */
    void cancel(UUID subscriptionId, Instant now) {
        update(
                "state = ?1, endedAt = ?2 where subscriptionId = ?3 and state = ?4",
                DeliveryState.DEAD,
                now,
                subscriptionId,
                DeliveryState.PENDING);
        update("sealedSecret = null, sealedConfirmUrl = null where subscriptionId = ?1", subscriptionId);
    }

    Map<DeliveryState, Long> countByState() {
        Map<DeliveryState, Long> counts = new EnumMap<>(DeliveryState.class);
        for (DeliveryState state : DeliveryState.values()) {
            counts.put(state, count("state", state));
        }
        return counts;
    }

    long deleteEndedBefore(Instant time) {
        return delete("state <> ?1 and endedAt < ?2", DeliveryState.PENDING, time);
    }
}
