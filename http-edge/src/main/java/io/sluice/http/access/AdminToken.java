package io.sluice.http.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.access.ApiToken;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * The administrator's token: compared in constant time, never printed. Without one the service does not start, nor with
 * one that could be guessed.
 */
@ApplicationScoped
public class AdminToken {

    /** Of letters and digits these are more than 80 random bits. */
    static final int SHORTEST = 16;

    private static final String HOW = " Set it to a long random text, as printed by: openssl rand -hex 32";

    private final Optional<byte[]> token;

    @Inject
    AdminToken(AccessConfig config) {
        this(config.adminToken());
    }

    AdminToken(Optional<String> configured) {
        this.token =
                configured.map(String::strip).filter(text -> !text.isEmpty()).map(text -> text.getBytes(UTF_8));
    }

    void requireAtStart(@Observes StartupEvent started) {
        requireStrong();
    }

    /** @throws IllegalStateException that says what to set */
    void requireStrong() {
        if (token.isEmpty()) {
            throw new IllegalStateException("SLUICE_ADMIN_TOKEN is not set." + HOW);
        }
        String text = new String(token.get(), UTF_8);
        if (text.length() < SHORTEST) {
            throw new IllegalStateException("SLUICE_ADMIN_TOKEN has " + text.length() + " characters; at least "
                    + SHORTEST + " are needed, or it could be guessed." + HOW);
        }
        // Those are never slowed, since no API token can be guessed.
        if (text.startsWith(ApiToken.PREFIX)) {
            throw new IllegalStateException(
                    "SLUICE_ADMIN_TOKEN begins with " + ApiToken.PREFIX + " as API tokens do; it must not." + HOW);
        }
    }

    boolean matches(String candidate) {
        return token.isPresent() && MessageDigest.isEqual(token.get(), candidate.getBytes(UTF_8));
    }
}
