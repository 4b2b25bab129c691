package io.sluice.notifier.delivery;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;

/** How receivers reach this service. */
@ConfigMapping(prefix = "sluice.notifier")
public interface LinkConfig {

    /** What links begin with, from {@code SLUICE_NOTIFIER_BASE_URL}. */
    @WithDefault("http://localhost:8083")
    URI baseUrl();

    /** For people: it shows a page with a button. */
    default String confirmPageUrl(String token) {
        return base() + "/confirm/" + token;
    }

    /** For programs: to GET it confirms. */
    default String confirmUrl(String token) {
        return base() + "/api/v1/confirmations/" + token;
    }

    default String unsubscribeUrl(UnsubscribeToken token) {
        return base() + "/unsubscribe/" + token.text();
    }

    private String base() {
        return baseUrl().toString().replaceFirst("/+$", "");
    }
}
