package io.sluice.task.task;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How a deletion goes on when a service is silent. */
@ConfigMapping(prefix = "sluice.deletion")
interface DeletionConfig {

    /** How long the services have to answer before a task is deleted without them. */
    @WithDefault("30S")
    Duration patience();
}
