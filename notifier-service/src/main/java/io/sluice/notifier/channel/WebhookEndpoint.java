package io.sluice.notifier.channel;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;

/** The address of a webhook, well formed; whether it may be called is {@link WebhookChannel}'s to say. */
public record WebhookEndpoint(URI uri) {

    public static final Set<String> PROTOCOLS = Set.of("http", "https");

    private static final int MAXIMUM_LENGTH = 1024;
    private static final int MAXIMUM_PORT = 65_535;

    /**
     * @param protocol one of {@link #PROTOCOLS}
     * @throws SluiceException {@code VALIDATION_FAILED} for the field {@code endpoint}
     */
    public static WebhookEndpoint parse(String protocol, String text) {
        if (text.length() > MAXIMUM_LENGTH) {
            throw invalid("must be at most " + MAXIMUM_LENGTH + " characters long, not " + text.length() + ".");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw invalid("must be a URL, as in " + protocol + "://hooks.example.com/sluice.");
        }
        if (!protocol.equalsIgnoreCase(uri.getScheme())) {
            throw invalid("must begin with " + protocol + ":// as the protocol says.");
        }
        if (uri.getHost() == null) {
            throw invalid("must name a host, as in " + protocol + "://hooks.example.com/sluice.");
        }
        if (uri.getRawUserInfo() != null) {
            throw invalid("must hold no user or password; messages are signed instead.");
        }
        if (uri.getRawFragment() != null) {
            throw invalid("must hold no fragment (#...).");
        }
        if (uri.getPort() == 0 || uri.getPort() > MAXIMUM_PORT) {
            throw invalid("must have a port between 1 and " + MAXIMUM_PORT + ".");
        }
        return new WebhookEndpoint(uri);
    }

    /** The host as name servers know it: an IPv6 address without its brackets. */
    String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static SluiceException invalid(String message) {
        return new SluiceException(
                "endpoint " + message, List.of(new Violation("endpoint", ErrorCode.VALIDATION_FAILED, message)));
    }
}
