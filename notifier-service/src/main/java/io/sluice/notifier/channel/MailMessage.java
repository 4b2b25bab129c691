package io.sluice.notifier.channel;

import org.jspecify.annotations.Nullable;

/**
 * What one attempt sends to one mailbox.
 *
 * @param id the same in every attempt; mail programs show a message with the same id once
 * @param unsubscribeUrl a POST to it unsubscribes (RFC 8058); null when there is nothing to unsubscribe from
 */
public record MailMessage(
        String id,
        EmailAddress to,
        String subject,
        String text,
        String html,
        @Nullable String unsubscribeUrl) {}
