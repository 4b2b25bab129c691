package io.sluice.notifier.rule;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One alert as it stands.
 *
 * @param since since when it is as bad as it is told; kept when it resolves, so that the second message says how long it
 *     lasted
 */
public record Alert(State state, Instant since) {

    /** As precise as databases keep times, so that an alert reads the same before and after it was stored. */
    public Alert {
        since = since.truncatedTo(ChronoUnit.MICROS);
    }

    public enum State {
        FIRING,
        RESOLVED
    }
}
