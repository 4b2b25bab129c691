package io.sluice.notifier.delivery;

import java.util.UUID;

/**
 * Whom a message is for. A delivery keeps all of it, so that the last message of a subscription can outlive it.
 *
 * @param protocol email, http or https
 */
public record Recipient(UUID subscriptionId, String topic, String protocol, String endpoint, SealedKeys keys) {

    /** What the secrets of a subscription are sealed for. */
    public static String sealContext(UUID subscriptionId) {
        return "subscription/" + subscriptionId;
    }
}
