package io.sluice.notifier.topic;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Sort;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class SubscriptionRepository implements PanacheRepositoryBase<Subscription, Long> {

    /** In the order in which they were made. */
    List<Subscription> findPage(String topic, long after, int size) {
        return find("topic = ?1 and seq > ?2", Sort.by("seq"), topic, after)
                .range(0, size - 1)
                .list();
    }

    List<Subscription> lockAll(String topic) {
        return find("topic", Sort.by("seq"), topic)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    /** Locked against being deleted, so that no message is queued for one that has gone. */
    List<Subscription> lockConfirmed(String topic) {
        return find("topic = ?1 and state = ?2", Sort.by("seq"), topic, SubscriptionState.CONFIRMED)
                .withLock(LockModeType.PESSIMISTIC_READ)
                .list();
    }

    Subscription load(String topic, UUID id, LockModeType lock) {
        return find("topic = ?1 and id = ?2", topic, id)
                .withLock(lock)
                .firstResultOptional()
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.NOT_FOUND, "Topic " + topic + " has no subscription " + id + "."));
    }

    Optional<Subscription> lockById(UUID id) {
        return find("id", id).withLock(LockModeType.PESSIMISTIC_WRITE).firstResultOptional();
    }

    /** In pages by seq. */
    List<Subscription> lockAfter(long seq, int limit) {
        return find("seq > ?1", Sort.by("seq"), seq)
                .range(0, limit - 1)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    /** Until the transaction ends nobody else sends a confirmation to this address. */
    void lockAddress(String address) {
        getEntityManager()
                .createNativeQuery(
                        "SELECT 1 FROM pg_advisory_xact_lock(hashtext('sluice.confirm/' || lower(:address)))")
                .setParameter("address", address)
                .getSingleResult();
    }

    Optional<Subscription> lockByToken(String tokenHash) {
        return find("tokenHash", tokenHash)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .firstResultOptional();
    }
}
