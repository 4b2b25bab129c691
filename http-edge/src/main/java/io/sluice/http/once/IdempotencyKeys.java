package io.sluice.http.once;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Answers of creations by the key that the caller gave them, for a day: a request that is repeated after a lost answer
 * creates nothing twice. The table {@code idempotency_key} of the service's own database, in the caller's transaction.
 */
@ApplicationScoped
public class IdempotencyKeys {

    /** Of the request. */
    public static final String HEADER = "Idempotency-Key";

    private static final Duration LIFE = Duration.ofHours(24);
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");
    private static final String SEALED_FOR = "idempotency key";

    private final DataSource database;
    private final SecretSeal seal;
    private final Clock clock;

    IdempotencyKeys(DataSource database, SecretSeal seal, Clock clock) {
        this.database = database;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * One keyed request.
     *
     * @param digest of everything that it asks for
     */
    public record Request(String caller, String key, String digest) {

        /**
         * @param key null when the request has none
         * @param content everything that it asks for
         * @return null when it has no key
         * @throws SluiceException {@code VALIDATION_FAILED} when the key is not of 1 to 255 visible ASCII characters
         */
        public static @Nullable Request of(String caller, @Nullable String key, String... content) {
            if (key == null) {
                return null;
            }
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
     * Carries a request out, unless one of the same key was carried out already.
     *
     * @param request null when it has no key
     * @param work gives the answer
     * @return the answer, or that of the first request
     * @throws SluiceException {@code IDEMPOTENCY_KEY_REUSED}, and what the work throws
     */
    public String once(@Nullable Request request, Supplier<String> work) {
        if (request == null) {
            return work.get();
        }
        if (!claim(request)) {
            Optional<String> known = findAnswer(request);
            if (known.isPresent()) {
                return known.get();
            }
            // Nobody can read what came of it.
            forget(request);
            if (!claim(request)) {
                return findAnswer(request)
                        .orElseThrow(() -> new SluiceException(
                                ErrorCode.INTERNAL, "The first request of this key has not ended; send it once more."));
            }
        }
        String answer = work.get();
        answer(request, answer);
        return answer;
    }

    /**
     * Takes the key for this transaction's request; waits for another transaction that has just taken it.
     *
     * @return false when the key is in use: {@link #findAnswer} has what came of it
     */
    private boolean claim(Request request) {
        String sql = """
                INSERT INTO idempotency_key AS known (caller, key, request, created) VALUES (?, ?, ?, ?)
                ON CONFLICT (caller, key) DO UPDATE
                SET request = excluded.request, answer = NULL, created = excluded.created
                WHERE known.created <= ?
                """;
        Instant now = clock.instant();
        String sealed = seal.seal(SEALED_FOR, new Secret(request.digest())).text();
        return update(
                        sql,
                        request.caller(),
                        request.key(),
                        sealed,
                        now.atOffset(ZoneOffset.UTC),
                        now.minus(LIFE).atOffset(ZoneOffset.UTC))
                == 1;
    }

    /**
     * @return the answer that an earlier request of the same key got; empty when there was none, and when it was sealed
     *     with a master key that is no longer there
     * @throws SluiceException {@code IDEMPOTENCY_KEY_REUSED} when that request was another one
     */
    public Optional<String> findAnswer(Request request) {
        String sql = "SELECT request, answer FROM idempotency_key WHERE caller = ? AND key = ? AND created > ?";
        Instant oldest = clock.instant().minus(LIFE);
        String digestStored;
        String answer;
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, request.caller());
            statement.setString(2, request.key());
            statement.setObject(3, oldest.atOffset(ZoneOffset.UTC));
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next() || row.getString(2) == null) {
                    return Optional.empty();
                }
                digestStored = row.getString(1);
                answer = row.getString(2);
            }
        } catch (SQLException e) {
            throw broken(e);
        }
        Optional<String> digest = opened(digestStored);
        if (digest.isEmpty()) {
            return Optional.empty();
        }
        if (!digest.get().equals(request.digest())) {
            throw new SluiceException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This " + HEADER + " was used for another request within the last 24 hours; take a new one.");
        }
        return opened(answer);
    }

    /** Answers of earlier releases are not sealed. */
    private Optional<String> opened(String text) {
        try {
            return Optional.of(
                    text.startsWith("{")
                            ? text
                            : seal.open(SEALED_FOR, new SealedSecret(text)).reveal());
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.SECRET_UNREADABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void answer(Request request, String answer) {
        String sealed = seal.seal(SEALED_FOR, new Secret(answer)).text();
        update(
                "UPDATE idempotency_key SET answer = ? WHERE caller = ? AND key = ?",
                sealed,
                request.caller(),
                request.key());
    }

    private void forget(Request request) {
        update("DELETE FROM idempotency_key WHERE caller = ? AND key = ?", request.caller(), request.key());
    }

    /** Those that are worth nothing any more. */
    public void forgetOld() {
        update(
                "DELETE FROM idempotency_key WHERE created <= ?",
                clock.instant().minus(LIFE).atOffset(ZoneOffset.UTC));
    }

    private int update(String sql, Object... parameters) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw broken(e);
        }
    }

    private static SluiceException broken(SQLException e) {
        return new SluiceException(ErrorCode.INTERNAL, "The keys of requests cannot be read or written.", e);
    }
}
