package io.sluice.contracts.secret;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A credential sealed by {@link SecretSeal}: what databases and Kafka hold.
 *
 * @param text {@code v2:<id of the key>:<base64 of nonce, cipher text and tag>}; without the id in {@code v1}
 */
public record SealedSecret(@JsonValue String text) {

    private static final String FIRST = "v1:";
    private static final String PREFIX = "v2:";

    @JsonCreator
    public SealedSecret {
        boolean known = text.startsWith(FIRST) || text.startsWith(PREFIX) && text.indexOf(':', PREFIX.length()) > 0;
        if (!known) {
            throw new IllegalArgumentException("sealed secret: not of a known version");
        }
    }

    static SealedSecret of(String keyId, String base64) {
        return new SealedSecret(PREFIX + keyId + ":" + base64);
    }

    /** Which key sealed it; null for those of the first version, which do not say. */
    public @Nullable String keyId() {
        return text.startsWith(FIRST) ? null : text.substring(PREFIX.length(), text.indexOf(':', PREFIX.length()));
    }

    String cipherText() {
        return text.substring(text.lastIndexOf(':') + 1);
    }

    @Override
    public String toString() {
        return "***";
    }
}
