package io.sluice.notifier.topic;

import io.sluice.notifier.channel.EmailAddress;
import io.sluice.notifier.channel.WebhookEndpoint;

/** Where messages of a subscription go. */
sealed interface Target {

    String protocol();

    String endpoint();

    /** @param protocol http or https */
    record Webhook(String protocol, WebhookEndpoint url) implements Target {
        @Override
        public String endpoint() {
            return url.uri().toString();
        }
    }

    record Mailbox(EmailAddress address) implements Target {
        @Override
        public String protocol() {
            return EmailAddress.PROTOCOL;
        }

        @Override
        public String endpoint() {
            return address.text();
        }
    }
}
