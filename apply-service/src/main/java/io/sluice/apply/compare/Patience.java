package io.sluice.apply.compare;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Waits for a database that is away, and for locks. Thread-safe. */
final class Patience {

    private static final Logger LOG = Logger.getLogger(Patience.class);

    /** A database that is away is waited for so long, each time. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(2);

    /** Who waits for a table that this run reads makes it wait for itself; between two attempts nothing is held. */
    private static final int MOST_LOCKED = 3;

    private final String taskId;
    private final RunContext context;

    Patience(String taskId, RunContext context) {
        this.taskId = taskId;
        this.context = context;
    }

    /**
     * @param attempt needs the databases; holds nothing of them when it fails
     * @throws SluiceException of the last attempt
     */
    <T> T retry(Supplier<T> attempt) {
        long until = System.nanoTime() + LONGEST.toNanos();
        int locked = 0;
        while (true) {
            try {
                return attempt.get();
            } catch (SluiceException e) {
                boolean again = e.code() == ErrorCode.OBJECT_LOCKED
                        ? ++locked < MOST_LOCKED
                        : e.code().retry() == ErrorCode.Retry.CONNECTION && System.nanoTime() < until;
                if (!again || context.stopping() || context.pause(BETWEEN_ATTEMPTS)) {
                    throw e;
                }
                LOG.infof("A comparison waits: task=%s cause=%s", taskId, e.getMessage());
            }
        }
    }
}
