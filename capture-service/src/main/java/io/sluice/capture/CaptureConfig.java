package io.sluice.capture;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;

/** Settings of the capture service; see {@code docs/configuration.md}. */
@ConfigMapping(prefix = "sluice.capture")
interface CaptureConfig {

    /** How long a change topic keeps records, when capture makes it: so long a paused task can be resumed. */
    @WithName("topic.retention")
    @WithDefault("7d")
    Duration topicRetention();

    /** How often the source's position, the slot and the lag are looked at. */
    @WithName("heartbeat.interval")
    @WithDefault("1s")
    Duration heartbeatInterval();

    /** Kafka transactions. */
    Transaction transaction();

    /** When a Kafka transaction is committed, whichever comes first. */
    interface Transaction {

        /** Records it holds at most. */
        @WithDefault("20000")
        int records();

        /** Bytes of keys and values, uncompressed. */
        @WithDefault("8388608")
        long bytes();

        /** Age of its first record. */
        @WithDefault("100ms")
        Duration age();

        /** How long nothing followed its last record. */
        @WithDefault("3ms")
        Duration idle();
    }
}
