package io.sluice.contracts.secret;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A credential sealed by {@link SecretSeal}: what databases and Kafka hold.
 *
 * @param text {@code v1:<base64 of nonce, cipher text and tag>}
 */
public record SealedSecret(@JsonValue String text) {

    @JsonCreator
    public SealedSecret {
        if (!text.startsWith(SecretSeal.PREFIX)) {
            throw new IllegalArgumentException("sealed secret: not of a known version");
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
