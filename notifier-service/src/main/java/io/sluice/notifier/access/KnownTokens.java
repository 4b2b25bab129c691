package io.sluice.notifier.access;

import io.sluice.contracts.Json;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.http.access.TokenDirectory;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The API tokens that {@code sluice.tokens} tells of, in memory. Thread-safe; one thread writes. */
@ApplicationScoped
class KnownTokens implements TokenDirectory {

    private static final Logger LOG = Logger.getLogger(KnownTokens.class);

    private final SecretSeal seal;
    private final Map<String, ApiToken> byHash = new ConcurrentHashMap<>();
    private final Map<String, String> hashById = new ConcurrentHashMap<>();
    private volatile boolean complete;

    KnownTokens(SecretSeal seal) {
        this.seal = seal;
    }

    /**
     * @throws SluiceException {@code KAFKA_UNAVAILABLE} while not all were read yet: of one that is known it may still be to come that
     *     it was revoked
     */
    @Override
    public Optional<ApiToken> find(String hash) {
        if (!complete) {
            throw new SluiceException(
                    ErrorCode.KAFKA_UNAVAILABLE, "The tokens were not read from Kafka yet; try again soon.");
        }
        return Optional.ofNullable(byHash.get(hash));
    }

    /** Takes a record; one that was not sealed with the master key, for this id, is none. */
    void take(String id, @Nullable String sealed) {
        if (sealed == null) {
            String hash = hashById.remove(id);
            if (hash != null) {
                byHash.remove(hash);
            }
            return;
        }
        try {
            ApiToken token = Json.read(
                    seal.open(ApiToken.context(id), new SealedSecret(sealed)).reveal(), ApiToken.class);
            byHash.put(token.hash(), token);
            hashById.put(id, token.hash());
        } catch (SluiceException | IllegalArgumentException e) {
            LOG.errorf("A record of sluice.tokens is passed over, no token of ours: key=%s", id);
        }
    }

    /** The topic is read from its beginning, where tokens stand that were revoked or removed later. */
    void reading() {
        complete = false;
    }

    /** All that was on the topic when this service began to read has been taken. */
    void complete() {
        complete = true;
    }
}
