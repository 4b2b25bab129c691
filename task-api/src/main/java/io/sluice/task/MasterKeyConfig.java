package io.sluice.task;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** The key under which credentials are sealed. */
@ConfigMapping(prefix = "sluice")
public interface MasterKeyConfig {

    /** Base64 of 32 bytes, the same for every service, from {@code SLUICE_MASTER_KEY}; required. */
    Optional<String> masterKey();
}
