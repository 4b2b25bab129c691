package io.sluice.notifier.delivery;

import io.sluice.contracts.secret.SealedSecret;
import java.util.UUID;

/**
 * Whom a message is for. A delivery keeps all of it, so that the last message of a subscription can outlive it.
 *
 * @param secret sealed for {@link #sealContext}
 */
public record Recipient(UUID subscriptionId, String topic, String endpoint, SealedSecret secret) {

    /** What the secrets of a subscription are sealed for. */
    public static String sealContext(UUID subscriptionId) {
        return "subscription/" + subscriptionId;
    }
}
