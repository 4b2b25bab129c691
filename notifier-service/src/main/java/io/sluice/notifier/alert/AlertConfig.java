package io.sluice.notifier.alert;

import io.sluice.notifier.rule.RuleSettings;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalLong;

/** When alerts fire and resolve. */
@ConfigMapping(prefix = "sluice.alerts")
public interface AlertConfig {

    Abnormal abnormal();

    Lag lag();

    Slot slot();

    FullLoad fullLoad();

    /** Of tasks that fail or retry. */
    interface Abnormal {

        /** How long an error may be retried before the task counts as abnormal. */
        @WithDefault("1m")
        Duration retryingFor();

        /** How long a task must be healthy before it counts as well again. */
        @WithDefault("5s")
        Duration resolvesAfter();
    }

    /** Of targets that are too far behind. */
    interface Lag {

        /** How long it must be above the task's threshold without a break. */
        @WithDefault("6m")
        Duration firesAfter();

        /** How long it must be below without a break. */
        @WithDefault("1m")
        Duration resolvesAfter();
    }

    /** Of WAL that sources keep. */
    interface Slot {

        /** So many retained bytes are too much whatever the source's own limit is; only that limit counts by default. */
        OptionalLong retainedBytes();

        /** How long it must be back under without a break. */
        @WithDefault("1m")
        Duration resolvesAfter();
    }

    /** Of full loads that take long. */
    interface FullLoad {

        @WithDefault("24h")
        Duration firesAfter();
    }

    default RuleSettings rules() {
        return new RuleSettings(
                abnormal().retryingFor(),
                abnormal().resolvesAfter(),
                lag().firesAfter(),
                lag().resolvesAfter(),
                slot().retainedBytes(),
                slot().resolvesAfter(),
                fullLoad().firesAfter());
    }
}
