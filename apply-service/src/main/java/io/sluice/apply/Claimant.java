package io.sluice.apply;

import java.util.UUID;

/**
 * Who claims a task, over all attempts of one run. Only the first claim is unconditional: a run whose sessions were ended
 * by a newer one must not take the task back. Used by one thread.
 */
final class Claimant {

    private final String name = UUID.randomUUID().toString();
    private final boolean known;
    private boolean again;

    Claimant() {
        this(false);
    }

    private Claimant(boolean known) {
        this.known = known;
    }

    /** To claim anew after another one took the task, or its bookkeeping went. */
    Claimant afterFence() {
        return new Claimant(true);
    }

    String name() {
        return name;
    }

    /** The run has held the claim before. */
    boolean again() {
        return again;
    }

    /** This instance has seen the task's bookkeeping, so it may not be made again. */
    boolean known() {
        return known || again;
    }

    void hasClaimed() {
        again = true;
    }
}
