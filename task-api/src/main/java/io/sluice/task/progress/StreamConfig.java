package io.sluice.task.progress;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Bounds of the live streams. */
@ConfigMapping(prefix = "sluice.stream")
interface StreamConfig {

    /** How many may be open on one instance. */
    @WithDefault("100")
    int limit();

    /** How often a stream on which nothing happens says that it lives. */
    @WithDefault("15S")
    Duration heartbeat();

    /** How long a reader may leave an event unread before it is cut off. */
    @WithDefault("10S")
    Duration patience();
}
