package io.sluice.notifier.delivery;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How deliveries are worked off and kept. */
@ConfigMapping(prefix = "sluice.delivery")
public interface DeliveryConfig {

    /** How many webhooks this process calls at the same time; endpoints that failed lately have a quarter more. */
    @WithDefault("128")
    int concurrency();

    /** How many e-mails this process sends at the same time. */
    @WithDefault("8")
    int mailConcurrency();

    /** From how many waiting alerts of a subscription on they are told in one message. */
    @WithDefault("50")
    int groupFrom();

    /** How long deliveries that ended stay visible. */
    @WithDefault("30d")
    Duration history();
}
