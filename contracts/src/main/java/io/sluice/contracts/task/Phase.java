package io.sluice.contracts.task;

/** What an order wants the services to do for a task. */
public enum Phase {
    /** Capture, load, apply. */
    RUN,
    /** Go on capturing, so that nothing is lost; write nothing to the target. */
    PAUSE,
    /** End for good: drop slot and publication, fence the target against any later write; the data stays. */
    STOP,
    /** Remove everything that the task left: slot, publication, change topic, bookkeeping. */
    DELETE,
    /** Nothing to do: not started, or ended and cleaned. */
    IDLE
}
