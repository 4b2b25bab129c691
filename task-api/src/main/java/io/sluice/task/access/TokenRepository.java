package io.sluice.task.access;

import io.quarkus.hibernate.orm.panache.PanacheRepository;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The stored API tokens. */
@ApplicationScoped
class TokenRepository implements PanacheRepository<TokenRow> {

    Optional<TokenRow> findByHash(String hash) {
        return find("hash", hash).firstResultOptional();
    }

    boolean nameTaken(String name) {
        return count("name = ?1 and revokedAt is null", name) > 0;
    }

    /** @throws SluiceException {@code NOT_FOUND} */
    TokenRow load(String id) {
        return number(id).flatMap(this::findByIdOptional).orElseThrow(() -> notFound(id));
    }

    /** @throws SluiceException {@code NOT_FOUND} */
    TokenRow lock(String id) {
        return number(id)
                .flatMap(number -> findByIdOptional(number, LockModeType.PESSIMISTIC_WRITE))
                .orElseThrow(() -> notFound(id));
    }

    /** Newest first. */
    List<TokenRow> page(PageRequest request) {
        String after = request.after();
        return (after == null
                        ? find("order by id desc")
                        : find("id < ?1 order by id desc", number(after).orElseThrow(PageRequest::invalidCursor)))
                .page(0, request.fetchSize())
                .list();
    }

    /** In the order of their ids, so that two who do this do not wait for each other in a circle. */
    List<TokenRow> listAllLocked() {
        return find("order by id").withLock(LockModeType.PESSIMISTIC_WRITE).list();
    }

    List<TokenRow> endedBefore(Instant instant) {
        return find("expiresAt < ?1", instant)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .list();
    }

    /** Only when the stored time is older than the second one, so that many requests make few writes. */
    void used(TokenRow row, Instant now, Instant unlessAfter) {
        if (row.lastUsedAt == null || row.lastUsedAt.isBefore(unlessAfter)) {
            update(
                    "lastUsedAt = ?1 where id = ?2 and (lastUsedAt is null or lastUsedAt < ?3)",
                    now,
                    row.id,
                    unlessAfter);
        }
    }

    private static Optional<Long> number(String id) {
        try {
            return Optional.of(Long.valueOf(id));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static SluiceException notFound(String id) {
        return new SluiceException(ErrorCode.NOT_FOUND, "There is no token with the id " + id + ".");
    }
}
