package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.WebhookEndpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A subscription as it is asked for. */
record NewSubscription(@Nullable String protocol, @Nullable String endpoint) {

    private static final String EMAIL = "email";

    /** @throws SluiceException {@code VALIDATION_FAILED} naming the field, {@code NOT_AVAILABLE} for e-mail */
    Valid validated() {
        if (EMAIL.equals(protocol)) {
            String message = "protocol: email is not available yet; use http or https.";
            throw new SluiceException(message, List.of(new Violation("protocol", ErrorCode.NOT_AVAILABLE, message)));
        }
        if (protocol == null || !WebhookEndpoint.PROTOCOLS.contains(protocol)) {
            throw invalid("protocol", "must be http or https.");
        }
        if (endpoint == null || endpoint.isBlank()) {
            throw invalid("endpoint", "must be a URL, as in " + protocol + "://hooks.example.com/sluice.");
        }
        return new Valid(protocol, WebhookEndpoint.parse(protocol, endpoint));
    }

    private static SluiceException invalid(String field, String message) {
        return new SluiceException(
                field + " " + message, List.of(new Violation(field, ErrorCode.VALIDATION_FAILED, message)));
    }

    /** One that is well formed; whether the endpoint may be called is still to be asked. */
    record Valid(String protocol, WebhookEndpoint endpoint) {}
}
