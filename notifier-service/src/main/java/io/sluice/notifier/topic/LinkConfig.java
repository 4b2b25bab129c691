package io.sluice.notifier.topic;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;

/** How receivers reach this service. */
@ConfigMapping(prefix = "sluice.notifier")
public interface LinkConfig {

    /** What confirmation links begin with, from {@code SLUICE_NOTIFIER_BASE_URL}. */
    @WithDefault("http://localhost:8083")
    URI baseUrl();
}
