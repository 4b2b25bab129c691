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

    /** One claims or groups at a time, of all instances; a transaction that does takes milliseconds. */
    void lockForClaiming() {
        getEntityManager()
                .createNativeQuery("SELECT 1 FROM pg_advisory_xact_lock(hashtext('sluice.delivery'))")
                .getSingleResult();
    }

    /** A delivery that may be sent now, and the lane for it. */
    record Due(long seq, Lane lane) {}

    /**
     * What may be sent now, the longest due first. Of each subscription at most one message is under way, so a slow
     * receiver holds up only itself, and none that an earlier message of the same alert must precede, alone or in a
     * group. One pass over all that waits, however the planner sees it.
     *
     * @param room how many each lane may have
     */
    List<Due> findDue(Instant now, Map<Lane, Integer> room) {
        String sql = """
                WITH waiting AS (
                    SELECT seq, subscription_id, due_at, claims, is_group, alert_key,
                           sealed_secret IS NOT NULL AS sendable,
                           CASE WHEN protocol = 'email' THEN 'MAIL'
                                WHEN bool_or(tries > 0) OVER subscription THEN 'TROUBLED'
                                ELSE 'WEBHOOK' END AS lane,
                           coalesce(bool_or(claimed_until > :now) OVER subscription, false) AS busy,
                           bool_or(is_group) OVER subscription AS grouped,
                           row_number() OVER (PARTITION BY subscription_id, alert_key ORDER BY seq) AS place
                    FROM delivery WHERE state = 'PENDING'
                    WINDOW subscription AS (PARTITION BY subscription_id)
                ), next AS (
                    SELECT DISTINCT ON (subscription_id) seq, lane, due_at FROM waiting
                    WHERE due_at <= :now AND sendable AND NOT busy
                      AND (alert_key IS NULL OR place = 1)
                      AND NOT (grouped AND NOT is_group AND alert_key IS NOT NULL AND claims = 0)
                    ORDER BY subscription_id, due_at, seq
                ), ranked AS (
                    SELECT seq, lane, row_number() OVER (PARTITION BY lane ORDER BY due_at, seq) AS rank FROM next
                )
                SELECT seq, lane FROM ranked
                WHERE rank <= CASE lane WHEN 'WEBHOOK' THEN :webhook WHEN 'TROUBLED' THEN :troubled ELSE :mail END
                ORDER BY rank
                """;
        return getEntityManager()
                .unwrap(Session.class)
                .createNativeQuery(sql, Object[].class)
                .setParameter("now", now)
                .setParameter("webhook", room.getOrDefault(Lane.WEBHOOK, 0))
                .setParameter("troubled", room.getOrDefault(Lane.TROUBLED, 0))
                .setParameter("mail", room.getOrDefault(Lane.MAIL, 0))
                .getResultList()
                .stream()
                .map(row -> new Due(((Number) row[0]).longValue(), Lane.valueOf((String) row[1])))
                .toList();
    }

    /** Those that still wait. */
    List<Delivery> lockPending(List<Long> seqs) {
        return find("seq in ?1 and state = ?2", Sort.by("seq"), seqs, DeliveryState.PENDING)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    /** Subscriptions for which so many alerts wait that were never sent, and no group. */
    List<UUID> findCrowded(int from) {
        String sql = """
                SELECT subscription_id FROM delivery
                WHERE state = 'PENDING'
                GROUP BY subscription_id
                HAVING count(*) FILTER (WHERE alert_key IS NOT NULL AND claims = 0) >= :from AND NOT bool_or(is_group)
                LIMIT 100
                """;
        return getEntityManager()
                .unwrap(Session.class)
                .createNativeQuery(sql, UUID.class)
                .setParameter("from", from)
                .getResultList();
    }

    /** Alerts of a subscription that were never sent and that no earlier message of the same alert must precede. */
    List<Delivery> lockGroupable(UUID subscription, int limit) {
        String sql = """
                SELECT d.* FROM delivery d
                WHERE d.seq IN (
                    SELECT seq FROM (
                        SELECT seq, claims, alert_key, sealed_secret,
                               min(seq) FILTER (WHERE claims > 0) OVER (PARTITION BY alert_key) AS sent
                        FROM delivery WHERE subscription_id = :subscription AND state = 'PENDING') AS waiting
                    WHERE claims = 0 AND alert_key IS NOT NULL AND sealed_secret IS NOT NULL
                      AND (sent IS NULL OR sent > seq)
                    ORDER BY seq LIMIT :limit)
                ORDER BY d.seq
                FOR UPDATE OF d
                """;
        return getEntityManager()
                .unwrap(Session.class)
                .createNativeQuery(sql, Delivery.class)
                .setParameter("subscription", subscription)
                .setParameter("limit", limit)
                .getResultList();
    }

    /** How many confirmations an address was sent since then, whatever became of the subscriptions. */
    long countConfirmations(String endpoint, Instant since) {
        return ((Number) getEntityManager()
                        .createNativeQuery("""
                                SELECT count(*) FROM delivery
                                WHERE lower(endpoint) = lower(:endpoint) AND type = 'SubscriptionConfirmation'
                                  AND created_at > :since
                                """)
                        .setParameter("endpoint", endpoint)
                        .setParameter("since", since)
                        .getSingleResult())
                .longValue();
    }

    List<Delivery> lockSendable(UUID subscriptionId) {
        return find("subscriptionId = ?1 and sealedSecret is not null", subscriptionId)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    /** Farewells and what else outlives its subscription hold secrets, too; in pages by seq. */
    List<Delivery> lockSealedAfter(long seq, int limit) {
        return find("seq > ?1 and (sealedSecret is not null or sealedConfirmUrl is not null)", Sort.by("seq"), seq)
                .range(0, limit - 1)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    Optional<Instant> oldestPending() {
        return Optional.ofNullable((Instant) getEntityManager()
                .createNativeQuery("SELECT min(created_at) FROM delivery WHERE state = 'PENDING'", Instant.class)
                .getSingleResult());
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
        update(
                "sealedSecret = null, sealedPreviousSecret = null, sealedConfirmUrl = null where subscriptionId = ?1",
                subscriptionId);
    }

    /** Gives up what had to wait for others until its own time was over; the rest is given up by its last attempt. */
    int expireUnsent(Instant now) {
        return update(
                "state = ?1, endedAt = ?2 where state = ?3 and claims = 0 and giveUpAt < ?2",
                DeliveryState.DEAD,
                now,
                DeliveryState.PENDING);
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
