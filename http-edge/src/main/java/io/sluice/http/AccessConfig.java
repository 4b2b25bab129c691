package io.sluice.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Who may call. */
@ConfigMapping(prefix = "sluice")
public interface AccessConfig {

    /** The bearer token of the administrator, from {@code SLUICE_ADMIN_TOKEN}; the service does not start without. */
    Optional<String> adminToken();

    /**
     * Paths that need no token, set by the service itself: an exact path, or all below one that ends with {@code /*}.
     * {@code /q/*} (health, metrics, OpenAPI) is always open.
     */
    @WithDefault("/q/*")
    List<String> publicPaths();
}
