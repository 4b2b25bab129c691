package io.sluice.notifier.channel;

import io.sluice.contracts.secret.Secret;
import java.util.List;

/**
 * What one attempt sends.
 *
 * @param id the same in every attempt, so that a receiver can tell a repeated message
 * @param secrets each of which signs it; a receiver needs to know one of them
 * @param body JSON
 */
public record WebhookMessage(String id, WebhookEndpoint endpoint, List<Secret> secrets, String body) {

    public WebhookMessage {
        secrets = List.copyOf(secrets);
    }
}
