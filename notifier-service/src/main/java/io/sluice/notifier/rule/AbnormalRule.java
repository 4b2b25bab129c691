package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.Vitals;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A task has failed, retries an error for longer than a minute, or has suspended tables. It is well again when it has been healthy for some
 * seconds: a run that begins anew looks healthy until it meets the same error.
 */
record AbnormalRule(Duration retryingFor, Duration resolvesAfter) implements Rule {

    @Override
    public AlertKind kind() {
        return AlertKind.ABNORMAL;
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        if (event.health() == Health.ABNORMAL) {
            return new Finding.Bad(
                    event.at(),
                    "is abnormal: " + event.state(),
                    "It is in state " + event.state() + " since " + Words.time(event.at()) + "." + Words.cause(event));
        }
        Vitals vitals = event.vitals();
        Instant since = vitals == null ? null : vitals.retryingSince();
        if (since != null && !event.at().isBefore(since.plus(retryingFor))) {
            return new Finding.Bad(
                    since,
                    "is abnormal: " + event.state() + ", retrying",
                    "It has been retrying an error since " + Words.time(since) + ", in state " + event.state() + "."
                            + Words.cause(event));
        }
        if (TaskStates.atRest(event.state())) {
            return new Finding.Over(well(event), "It is in state " + event.state() + ".");
        }
        Instant suspendedSince = vitals == null ? null : vitals.suspendedSince();
        if (vitals != null && suspendedSince != null) {
            return new Finding.Bad(
                    suspendedSince,
                    "is abnormal: tables are suspended",
                    "Changes of these tables have been passed over since " + Words.time(suspendedSince)
                            + ", and all others go on: " + String.join(", ", vitals.suspended())
                            + ". The task's progress says why; retry or skip the exception, or reload the table.");
        }
        return event.health() == Health.HEALTHY
                ? new Finding.Good(well(event), "It is in state " + event.state() + ".")
                : Finding.unknown();
    }

    private static String well(TaskEvent event) {
        return "is healthy again: " + event.state();
    }
}
