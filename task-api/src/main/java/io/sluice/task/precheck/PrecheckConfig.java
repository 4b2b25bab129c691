package io.sluice.task.precheck;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Prechecks of tasks. */
@ConfigMapping(prefix = "sluice.precheck")
interface PrecheckConfig {

    /** How long one check may take before it counts as failed. */
    @WithDefault("60S")
    Duration patience();
}
