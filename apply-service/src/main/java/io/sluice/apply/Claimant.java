package io.sluice.apply;

import java.util.UUID;

/**
 * Who claims a task, over all attempts of one run. Only the first claim is unconditional: a run whose sessions were ended
 * by a newer one must not take the task back. Used by one thread.
 */
final class Claimant {

    private final String name = UUID.randomUUID().toString();
    private boolean again;

    String name() {
        return name;
    }

    /** The run has held the claim before. */
    boolean again() {
        return again;
    }

    void hasClaimed() {
        again = true;
    }
}
