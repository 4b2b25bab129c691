package io.sluice.notifier.delivery;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before a message is sent again. Each wait is twice the one before, from 5 s up to 2 h, and up to a quarter longer by chance, so that what failed together does not return together. */
final class Backoff {

    /** Counted from when a message was queued; the last attempt is made when this has passed. */
    static final Duration GIVE_UP_AFTER = Duration.ofHours(24);

    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(2);
    private static final double JITTER = 0.25;

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** @param tries attempts that failed so far, at least 1 */
    Duration after(int tries) {
        Duration wait = FIRST;
        for (int doubled = 1; doubled < tries && wait.compareTo(LONGEST) < 0; doubled++) {
            wait = wait.multipliedBy(2);
        }
        if (wait.compareTo(LONGEST) > 0) {
            wait = LONGEST;
        }
        return wait.plusMillis((long) (wait.toMillis() * JITTER * random.nextDouble()));
    }
}
