package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.secret.Secret;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signatures as the Standard Webhooks specification 1.0.0 has them: {@code v1,} and base64 of HMAC-SHA256 over
 * {@code id.timestamp.body}, the timestamp in seconds. Thread-safe.
 */
public final class Signature {

    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Signature() {}

    /** A new signing secret: {@code whsec_} and base64 of 32 random bytes. */
    public static Secret newSecret() {
        byte[] bytes = new byte[SECRET_BYTES];
        RANDOM.nextBytes(bytes);
        return new Secret(PREFIX + Base64.getEncoder().encodeToString(bytes));
    }

    /** The value of the header {@code webhook-signature}. */
    static String sign(Secret secret, String messageId, Instant timestamp, String body) {
        byte[] key = Base64.getDecoder().decode(secret.reveal().substring(PREFIX.length()));
        String content = messageId + "." + timestamp.getEpochSecond() + "." + body;
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(content.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }
}
