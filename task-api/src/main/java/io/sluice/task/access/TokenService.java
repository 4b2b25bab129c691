package io.sluice.task.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.http.access.TokenDirectory;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.task.dispatch.Outbox;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;

/**
 * API tokens in the configuration database, each method in one transaction. Every change goes to the other services
 * through the outbox. A revoked token stays listed, and known as revoked, until long after its end.
 */
@ApplicationScoped
@Transactional
public class TokenService implements TokenDirectory {

    private static final String NAME_INDEX = "api_token_name_key";
    private static final Duration KEPT_AFTER_END = Duration.ofDays(30);
    private static final Duration USE_PRECISION = Duration.ofMinutes(1);

    private final TokenRepository tokens;
    private final Outbox outbox;
    private final SecretSeal seal;
    private final CurrentCaller callers;
    private final IdempotencyKeys keys;
    private final ObjectMapper mapper;
    private final Clock clock;

    TokenService(
            TokenRepository tokens,
            Outbox outbox,
            SecretSeal seal,
            CurrentCaller callers,
            IdempotencyKeys keys,
            ObjectMapper mapper,
            Clock clock) {
        this.keys = keys;
        this.mapper = mapper;
        this.tokens = tokens;
        this.outbox = outbox;
        this.seal = seal;
        this.callers = callers;
        this.clock = clock;
    }

    @Override
    public Optional<ApiToken> find(String hash) {
        Optional<TokenRow> found = tokens.findByHash(hash);
        found.filter(row -> row.revokedAt == null).ifPresent(row -> {
            Instant now = clock.instant();
            tokens.used(row, now, now.minus(USE_PRECISION));
        });
        return found.map(TokenRow::token);
    }

    /**
     * @param key null when the request has none
     * @return the token as JSON, shown once, or again to who repeats the request with its key
     * @throws SluiceException {@code VALIDATION_FAILED}, {@code TOKEN_NAME_TAKEN}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    Secret create(NewToken asked, IdempotencyKeys.@Nullable Request key) {
        return new Secret(keys.once(key, () -> create(asked)));
    }

    private String create(NewToken asked) {
        Instant now = clock.instant();
        NewToken.Checked checked = asked.checked(now);
        forget(now.minus(KEPT_AFTER_END));
        if (tokens.nameTaken(checked.name())) {
            throw nameTaken(checked.name());
        }
        String token = ApiToken.generate();
        TokenRow row = new TokenRow();
        row.name = checked.name();
        row.hash = ApiToken.hash(token);
        row.role = checked.role().label();
        row.projects = String.join(",", checked.projects());
        row.createdAt = now;
        row.createdBy = callers.get().name();
        row.expiresAt = checked.expiresAt();
        try {
            tokens.persistAndFlush(row);
        } catch (ConstraintViolationException e) {
            throw NAME_INDEX.equals(e.getConstraintName()) ? nameTaken(checked.name()) : e;
        }
        publish(row);
        try {
            return mapper.writeValueAsString(new TokenResource.WithToken(TokenView.of(row), token));
        } catch (JsonProcessingException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "a token could not be written as JSON", e);
        }
    }

    Page<TokenView> list(PageRequest request) {
        return Page.of(request, tokens.page(request), TokenRow::key).map(TokenView::of);
    }

    /** @throws SluiceException {@code NOT_FOUND} */
    TokenView load(String id) {
        return TokenView.of(tokens.load(id));
    }

    /**
     * From the end of the transaction on no instance of this service takes the token.
     *
     * @throws SluiceException {@code NOT_FOUND}
     */
    void revoke(String id) {
        TokenRow row = tokens.lock(id);
        if (row.revokedAt == null) {
            row.revokedAt = clock.instant();
            publish(row);
        }
    }

    /**
     * Tells the other services of every token once more, sealed with the key that seals now.
     *
     * @return how many there are
     */
    public int publishAgain() {
        List<TokenRow> all = tokens.listAllLocked();
        all.forEach(this::publish);
        return all.size();
    }

    private void publish(TokenRow row) {
        String sealed = seal.seal(ApiToken.context(row.key()), new Secret(Json.write(row.token())))
                .text();
        outbox.put(Topics.TOKENS, row.key(), sealed);
    }

    private void forget(Instant endedBefore) {
        List<TokenRow> ended = tokens.endedBefore(endedBefore);
        for (TokenRow row : ended) {
            outbox.put(Topics.TOKENS, row.key(), null);
            tokens.delete(row);
        }
    }

    private static SluiceException nameTaken(String name) {
        return new SluiceException(
                "There is a token named " + name + " already.",
                List.of(new Violation(
                        "name", ErrorCode.TOKEN_NAME_TAKEN, "is taken; choose another, or revoke that token.")));
    }
}
