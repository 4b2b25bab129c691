package io.sluice.notifier;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** What stored secrets are sealed with. */
@ConfigMapping(prefix = "sluice")
public interface SecretConfig {

    /**
     * Base64 of 32 random bytes, the same for every service, from {@code SLUICE_MASTER_KEY}; the service does not start
     * without one here or in {@link #masterKeys}.
     */
    Optional<String> masterKey();

    /** {@code id:base64key}, separated by commas, from {@code SLUICE_MASTER_KEYS}: the first seals, all of them open. */
    Optional<String> masterKeys();
}
