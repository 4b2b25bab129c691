package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.Vitals;
import java.time.Duration;
import java.util.List;

/**
 * The target is further behind than the user allows. Judged only while changes are applied: after the load the target is
 * behind by the time that the load took, so nothing fires before it has caught up once; and a task that is paused or has
 * failed is behind for a reason that is known.
 */
record LagRule(Duration firesAfter, Duration resolvesAfter) implements Rule {

    @Override
    public AlertKind kind() {
        return AlertKind.LAG;
    }

    @Override
    public boolean needsGoodFirst() {
        return true;
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        if (TaskStates.atRest(event.state()) || event.state().equals(TaskStates.STOPPING)) {
            return new Finding.Over("has no lag any more: " + event.state(), "It is in state " + event.state() + ".");
        }
        if (!event.state().equals(TaskStates.STREAMING)) {
            return Finding.unknown();
        }
        Vitals vitals = event.vitals();
        if (vitals == null) {
            return Finding.noNews();
        }
        if (vitals.lagThresholdSeconds() == null) {
            return new Finding.Over("is not watched for lag any more", "It names no threshold now.");
        }
        if (vitals.lagMillis() == null) {
            return Finding.unknown();
        }
        Duration lag = Duration.ofMillis(vitals.lagMillis());
        Duration threshold = Duration.ofSeconds(vitals.lagThresholdSeconds());
        String is = "The target is " + Words.duration(lag) + " behind the source; the threshold is "
                + Words.duration(threshold) + ".";
        return lag.compareTo(threshold) > 0
                ? new Finding.Bad(event.at(), "lags by " + Words.duration(lag), is)
                : new Finding.Good("has caught up", is);
    }
}
