package io.sluice.notifier;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** What stored secrets are sealed with. */
@ConfigMapping(prefix = "sluice")
public interface SecretConfig {

    /**
     * Base64 of 32 random bytes, the same for every service, from {@code SLUICE_MASTER_KEY}; the service does not start
     * without.
     */
    Optional<String> masterKey();
}
