package io.sluice.notifier.channel;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How webhooks are called. */
@ConfigMapping(prefix = "sluice.webhook")
public interface WebhookConfig {

    /**
     * Ranges in CIDR notation that webhooks may be sent to although they are not public, from
     * {@code SLUICE_WEBHOOK_ALLOWED_ADDRESSES}, comma separated; none by default.
     */
    Optional<List<String>> allowedAddresses();

    /** For one attempt, from the connection to the end of the answer. */
    @WithDefault("5s")
    Duration timeout();
}
