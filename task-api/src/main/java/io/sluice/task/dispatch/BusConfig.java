package io.sluice.task.dispatch;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The topics that all services share. */
@ConfigMapping(prefix = "sluice.bus")
public interface BusConfig {

    /** Partitions of each topic when it is created: as many instances of a service can share the tasks. */
    @WithDefault("12")
    int partitions();

    /** Replicas of each topic when it is created; -1 takes the brokers' default. */
    @WithDefault("-1")
    short replicationFactor();
}
