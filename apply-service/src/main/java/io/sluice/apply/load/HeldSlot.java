package io.sluice.apply.load;

import java.util.function.BooleanSupplier;

/** The load slot of one worker. It is given back also in the middle of a COPY, while that only waits for its time. For one thread. */
final class HeldSlot {

    private final LoadSlots slots;
    private final String task;
    private final BooleanSupplier over;
    private boolean held;

    /** @param over the worker must end; then nothing is waited for any more */
    HeldSlot(LoadSlots slots, String task, BooleanSupplier over) {
        this.slots = slots;
        this.task = task;
        this.over = over;
    }

    /** Returns when the worker has one; false when it must end before. */
    boolean take() {
        if (!held) {
            held = slots.take(task, over);
        }
        return held;
    }

    void giveBack() {
        if (held) {
            held = false;
            slots.giveBack(task);
        }
    }

    boolean over() {
        return over.getAsBoolean();
    }
}
