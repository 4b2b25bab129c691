package io.sluice.task.task;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Answers of creations by the key that the caller gave them, for a day: a request that is repeated after a lost answer
 * creates nothing twice. In the caller's transaction.
 */
@ApplicationScoped
class IdempotencyKeys {

    static final String HEADER = "Idempotency-Key";

    private static final Duration LIFE = Duration.ofHours(24);
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");
    private static final String SEALED_FOR = "idempotency key";

    private final EntityManager entities;
    private final SecretSeal seal;
    private final Clock clock;

    IdempotencyKeys(EntityManager entities, SecretSeal seal, Clock clock) {
        this.entities = entities;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * One keyed request.
     *
     * @param digest of everything that it asks for
     */
    record Request(String caller, String key, String digest) {

        /** @throws SluiceException {@code VALIDATION_FAILED} when the key is not of 1 to 255 visible ASCII characters */
        static Request of(String caller, String key, String... content) {
            if (!FORM.matcher(key).matches()) {
                String message = "must be 1 to 255 visible ASCII characters.";
                throw new SluiceException(
                        HEADER + " " + message, List.of(new Violation(HEADER, ErrorCode.VALIDATION_FAILED, message)));
            }
            return new Request(caller, key, digest(content));
        }

        private static String digest(String... content) {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (String part : content) {
                    digest.update(part.getBytes(UTF_8));
                    digest.update((byte) 0);
                }
                return HexFormat.of().formatHex(digest.digest());
            } catch (NoSuchAlgorithmException e) {
                throw new SluiceException(ErrorCode.INTERNAL, "every JVM has SHA-256", e);
            }
        }
    }

    /**
     * Takes the key for this transaction's request; waits for another transaction that has just taken it.
     *
     * @return false when the key is in use: {@link #findAnswer} has what came of it
     */
    boolean claim(Request request) {
        String sql = """
                INSERT INTO idempotency_key AS known (caller, key, request, created) VALUES (?, ?, ?, ?)
                ON CONFLICT (caller, key) DO UPDATE
                SET request = excluded.request, answer = NULL, created = excluded.created
                WHERE known.created <= ?
                """;
        Instant now = clock.instant();
        String sealed = seal.seal(SEALED_FOR, new Secret(request.digest())).text();
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, request.caller());
                statement.setString(2, request.key());
                statement.setString(3, sealed);
                statement.setObject(4, now.atOffset(ZoneOffset.UTC));
                statement.setObject(5, now.minus(LIFE).atOffset(ZoneOffset.UTC));
                return statement.executeUpdate() == 1;
            }
        });
    }

    /**
     * @return the answer that an earlier request of the same key got; empty when there was none
     * @throws SluiceException {@code IDEMPOTENCY_KEY_REUSED} when that request was another one
     */
    Optional<String> findAnswer(Request request) {
        String sql = "SELECT request, answer FROM idempotency_key WHERE caller = ? AND key = ? AND created > ?";
        Instant oldest = clock.instant().minus(LIFE);
        Stored stored = entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, request.caller());
                statement.setString(2, request.key());
                statement.setObject(3, oldest.atOffset(ZoneOffset.UTC));
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? new Stored(row.getString(1), row.getString(2)) : null;
                }
            }
        });
        if (stored == null || stored.answer() == null) {
            return Optional.empty();
        }
        if (!seal.open(SEALED_FOR, new SealedSecret(stored.request())).reveal().equals(request.digest())) {
            throw new SluiceException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This " + HEADER + " was used for another request within the last 24 hours; take a new one.");
        }
        return Optional.of(stored.answer());
    }

    void answer(Request request, String answer) {
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE idempotency_key SET answer = ? WHERE caller = ? AND key = ?")) {
                statement.setString(1, answer);
                statement.setString(2, request.caller());
                statement.setString(3, request.key());
                statement.executeUpdate();
            }
        });
    }

    void forgetOld() {
        Instant oldest = clock.instant().minus(LIFE);
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("DELETE FROM idempotency_key WHERE created <= ?")) {
                statement.setObject(1, oldest.atOffset(ZoneOffset.UTC));
                statement.executeUpdate();
            }
        });
    }

    private record Stored(String request, @Nullable String answer) {}
}
