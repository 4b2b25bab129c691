package io.sluice.notifier.channel;

import io.sluice.contracts.secret.Secret;

/**
 * What one attempt sends.
 *
 * @param id the same in every attempt, so that a receiver can tell a repeated message
 * @param body JSON
 */
public record WebhookMessage(String id, WebhookEndpoint endpoint, Secret secret, String body) {}
