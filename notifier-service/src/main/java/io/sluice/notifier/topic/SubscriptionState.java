package io.sluice.notifier.topic;

/** Whether the receiver has agreed. */
public enum SubscriptionState {
    /** Gets nothing but the link that confirms it. */
    PENDING,
    /** Gets every message of its topic. */
    CONFIRMED
}
