package io.sluice.notifier.channel;

import org.jspecify.annotations.Nullable;

/** How one attempt to hand a message over ended. */
public sealed interface Outcome {

    /**
     * The receiver has it: a status of 200-299, or the mail server's word.
     *
     * @param httpStatus null of an e-mail
     * @param answer the first 1 KB of what it said
     */
    record Accepted(@Nullable Integer httpStatus, String answer) implements Outcome {}

    /** The receiver answered with another status, redirects among them. */
    record Refused(int httpStatus, String answer) implements Outcome {}

    /** No answer, or one that may be another next time: it may or may not have the message. */
    record Failed(String error) implements Outcome {}

    /** It will not be taken however often it is tried, as the mailbox does not exist. */
    record Rejected(String error) implements Outcome {}
}
