package io.sluice.e2e;

import java.time.Duration;
import java.util.SplittableRandom;

/** The random moments at which something is done to the system. For one thread. */
final class Moments {
    private final SplittableRandom random;

    Moments(String purpose) {
        this.random = Seed.randomFor(purpose);
    }

    /** Returns at a random moment within this time from now, which is the point of it and not a wait for something. */
    Duration await(Duration within) {
        Duration moment = Duration.ofMillis(random.nextLong(within.toMillis()));
        try {
            Thread.sleep(moment);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return moment;
    }
}
