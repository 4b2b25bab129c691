package io.sluice.task.progress;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How alerts learn how tasks are. */
@ConfigMapping(prefix = "sluice.vitals")
interface VitalsConfig {

    /** How often the figures of each task that runs are told. */
    @WithDefault("5s")
    Duration every();
}
