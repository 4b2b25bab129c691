package io.sluice.placement;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells work, and what it waits for, that it must end. Once given it stays. Thread-safe. */
final class StopSignal {

    private final AtomicBoolean given = new AtomicBoolean();
    private final Set<Runnable> actions = ConcurrentHashMap.newKeySet();

    void give() {
        given.set(true);
        synchronized (given) {
            given.notifyAll();
        }
        actions.forEach(Runnable::run);
    }

    boolean given() {
        return given.get();
    }

    /** Waits, but not longer than until the signal. Returns whether it was given. */
    boolean await(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        synchronized (given) {
            for (long left = most.toMillis(); left > 0 && !given.get(); ) {
                try {
                    given.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return true;
                }
                left = (end - System.nanoTime()) / 1_000_000;
            }
        }
        return given.get();
    }

    /** Runs an action with the signal; at once when it was given already. Closing the handle forgets the action. */
    RunContext.Handle onGiven(Runnable action) {
        actions.add(action);
        if (given.get()) {
            action.run();
        }
        return () -> actions.remove(action);
    }
}
