package io.sluice.notifier.channel;

/** How one attempt to hand a message over ended. */
public sealed interface Outcome {

    /**
     * The receiver has it: a status of 200-299.
     *
     * @param answer the first 1 KB of what it said
     */
    record Accepted(int httpStatus, String answer) implements Outcome {}

    /** The receiver answered with another status, redirects among them. */
    record Refused(int httpStatus, String answer) implements Outcome {}

    /** No answer: it may or may not have the message. */
    record Failed(String error) implements Outcome {}
}
