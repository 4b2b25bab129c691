package io.sluice.apply.load;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * How many pieces of load work one instance does at a time, for all of its tasks. When there are more workers than slots, a
 * free one goes to the task that holds the fewest, whatever its number of workers. Thread-safe; the lock is this object.
 */
public final class LoadSlots {

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final int most;
    private final Map<String, Integer> held = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();
    private int taken;

    /** @param most at least 1 */
    public LoadSlots(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("load slots: " + most + " is less than 1");
        }
        this.most = most;
    }

    /** Returns false when it is over before there is a slot. */
    synchronized boolean take(String task, BooleanSupplier over) {
        waiting.merge(task, 1, Integer::sum);
        try {
            while (!mayTake(task)) {
                if (over.getAsBoolean()) {
                    return false;
                }
                wait(LOOK_AGAIN.toMillis());
            }
            held.merge(task, 1, Integer::sum);
            taken++;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.computeIfPresent(task, (key, count) -> count == 1 ? null : count - 1);
            notifyAll();
        }
    }

    private boolean mayTake(String task) {
        if (taken >= most) {
            return false;
        }
        int own = held.getOrDefault(task, 0);
        return waiting.keySet().stream().allMatch(other -> held.getOrDefault(other, 0) >= own);
    }

    synchronized void giveBack(String task) {
        held.computeIfPresent(task, (key, count) -> count == 1 ? null : count - 1);
        taken--;
        notifyAll();
    }
}
