package io.sluice.notifier.delivery;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How deliveries are worked off and kept. */
@ConfigMapping(prefix = "sluice.delivery")
public interface DeliveryConfig {

    /** How many messages this process sends at the same time. */
    @WithDefault("32")
    int concurrency();

    /** How long deliveries that ended stay visible. */
    @WithDefault("30d")
    Duration history();
}
