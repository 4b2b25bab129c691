package io.sluice.notifier.rule;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * When rules fire and resolve.
 *
 * @param healthyFor how long a task must be healthy before it counts as well again
 * @param slotBytes retained WAL that is too much in any case; empty when only the source's own limit counts
 * @param loadFor how long a full load may take
 */
public record RuleSettings(
        Duration retryingFor,
        Duration healthyFor,
        Duration lagAboveFor,
        Duration lagBelowFor,
        OptionalLong slotBytes,
        Duration slotSafeFor,
        Duration loadFor) {

    public RuleSettings {
        for (Duration each : new Duration[] {retryingFor, healthyFor, lagAboveFor, lagBelowFor, slotSafeFor, loadFor}) {
            if (each.isNegative()) {
                throw new IllegalArgumentException("alerts: " + each + " is a negative duration");
            }
        }
    }
}
