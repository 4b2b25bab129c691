package io.sluice.task.task;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Stored credentials. */
@ConfigMapping(prefix = "sluice.secrets")
interface SecretConfig {

    /** Whether the service refuses to start when a stored credential cannot be opened. */
    @WithDefault("true")
    boolean requireReadable();
}
