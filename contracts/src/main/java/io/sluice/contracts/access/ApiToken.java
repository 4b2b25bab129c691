package io.sluice.contracts.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What services know of an API token; the token itself is known only to who got it. On {@code sluice.tokens} one is
 * sealed with its id as the context, so that nobody without the master key can put one there.
 *
 * @param hash SHA-256 of the token, 64 hexadecimal digits; a token has 256 random bits, so that the hash needs no salt
 * @param projects names, or {@value Grants#ALL_PROJECTS}
 */
public record ApiToken(
        String id,
        String name,
        String hash,
        Role role,
        List<String> projects,
        Instant expiresAt,
        @Nullable Instant revokedAt) {

    /** How every token begins, for those who search for leaked ones. */
    public static final String PREFIX = "slc_";

    private static final int RANDOM_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    public ApiToken {
        projects = List.copyOf(projects);
    }

    public Grants grants() {
        return Grants.of(role, projects);
    }

    /** A new token, to be shown once. */
    public static String generate() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /** The context under which the token with this id is sealed on the bus. */
    public static String context(String id) {
        return "token " + id;
    }
}
