package io.sluice.task;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** The keys under which credentials are sealed; one of the two is required. */
@ConfigMapping(prefix = "sluice")
public interface MasterKeyConfig {

    /** Base64 of 32 bytes, the same for every service, from {@code SLUICE_MASTER_KEY}. */
    Optional<String> masterKey();

    /** {@code id:base64key}, separated by commas, from {@code SLUICE_MASTER_KEYS}: the first seals, all of them open. */
    Optional<String> masterKeys();
}
