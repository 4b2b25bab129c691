package io.sluice.task.task;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How much of the past is kept. */
@ConfigMapping(prefix = "sluice.history")
interface HistoryConfig {

    /** The newest lines of each task's history that are kept. */
    @WithDefault("10000")
    int lines();
}
