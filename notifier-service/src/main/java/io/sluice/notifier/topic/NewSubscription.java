package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.EmailAddress;
import io.sluice.notifier.channel.WebhookEndpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A subscription as it is asked for. */
record NewSubscription(@Nullable String protocol, @Nullable String endpoint) {

    /**
     * Well formed; whether messages may be sent there is still to be asked.
     *
     * @throws SluiceException {@code VALIDATION_FAILED} naming the field
     */
    Target validated() {
        if (EmailAddress.PROTOCOL.equals(protocol)) {
            return new Target.Mailbox(EmailAddress.parse(endpoint == null ? "" : endpoint));
        }
        if (protocol == null || !WebhookEndpoint.PROTOCOLS.contains(protocol)) {
            throw invalid("protocol", "must be email, http or https.");
        }
        if (endpoint == null || endpoint.isBlank()) {
            throw invalid("endpoint", "must be a URL, as in " + protocol + "://hooks.example.com/sluice.");
        }
        return new Target.Webhook(protocol, WebhookEndpoint.parse(protocol, endpoint));
    }

    private static SluiceException invalid(String field, String message) {
        return new SluiceException(
                field + " " + message, List.of(new Violation(field, ErrorCode.VALIDATION_FAILED, message)));
    }
}
