package io.sluice.apply.consume;

import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.SnapshotFence;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the stream and the catch-up of tables beside it meet. The catch-up asks for its tables to be taken over; the stream
 * answers with the next place of the topic, between two source transactions, from which on it carries them; the catch-up
 * goes on to just there; then the stream stores that they are its own, in the transaction in which it passes that place.
 * Until that is committed the tables are the catch-up's. Thread-safe; the lock is this object.
 */
public final class Handover {

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Set<TableName> apart;
    private @Nullable Asked asked;
    private long place = -1;
    private long caughtUp = -1;
    private long streamAt;
    private @Nullable RuntimeException failure;

    /**
     * Tables to be taken over.
     *
     * @param fences of their copies
     * @param caughtUp the next record that the catch-up has not applied
     */
    record Asked(Set<TableName> tables, Map<TableName, SnapshotFence> fences, long caughtUp) {}

    /**
     * @param apart tables whose changes the stream passes over until they are handed over
     * @param streamAt the next record that the stream reads
     */
    public Handover(Collection<TableName> apart, long streamAt) {
        this.apart = new HashSet<>(apart);
        this.streamAt = streamAt;
    }

    /** Tables that the stream passes over now. */
    synchronized Set<TableName> apart() {
        return Set.copyOf(apart);
    }

    /** The stream has read to here, the end of a source transaction. Returns what it takes over from here on, or null. */
    @Nullable
    synchronized Asked passing(long nextOffset) {
        streamAt = nextOffset;
        if (asked == null || place >= 0 || nextOffset < asked.caughtUp()) {
            return null;
        }
        place = nextOffset;
        notifyAll();
        return asked;
    }

    /**
     * Waits until the catch-up has applied everything before the place.
     *
     * @return false when the run must end before
     */
    synchronized boolean awaitCaughtUp(RunContext context) {
        requireSound();
        while (caughtUp < place) {
            if (!pause(context)) {
                return false;
            }
            requireSound();
        }
        return true;
    }

    /** It is committed that the tables are the stream's. */
    synchronized void taken() {
        if (asked != null) {
            apart.removeAll(asked.tables());
        }
        asked = null;
        place = -1;
        caughtUp = -1;
        notifyAll();
    }

    /** How far the stream has read. */
    synchronized long streamAt() {
        return streamAt;
    }

    /**
     * Asks the stream to take tables over, and waits for its answer.
     *
     * @return the offset of the first record that is the stream's; -1 when the run must end before
     */
    synchronized long ask(Asked tables, RunContext context) {
        asked = tables;
        while (place < 0) {
            if (!pause(context)) {
                return -1;
            }
        }
        return place;
    }

    /**
     * The catch-up has applied everything before the place; waits until the stream has taken the tables over.
     *
     * @return false when the run must end before
     */
    synchronized boolean reached(RunContext context) {
        caughtUp = place;
        notifyAll();
        while (asked != null) {
            if (!pause(context)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The catch-up has broken. What it asked for is taken back; where the stream has answered already, the stream breaks,
     * too, since it has read on without the changes before the place.
     *
     * @return whether the stream breaks; then nothing can be handed over any more
     */
    public synchronized boolean withdraw(RuntimeException cause) {
        boolean answered = place >= 0;
        if (answered) {
            failure = cause;
        }
        asked = null;
        notifyAll();
        return answered;
    }

    /** What goes on beside the stream cannot go on, and the run must end. */
    public synchronized void fail(RuntimeException cause) {
        failure = cause;
        notifyAll();
    }

    /** Throws what {@link #fail} was given. */
    synchronized void requireSound() {
        if (failure != null) {
            throw failure;
        }
    }

    /** To be called in a loop that looks at what is waited for. Returns false when the run must end. */
    @SuppressWarnings("WaitNotInLoop")
    private boolean pause(RunContext context) {
        if (context.stopping()) {
            return false;
        }
        try {
            wait(LOOK_AGAIN_MILLIS);
            return !context.stopping();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
