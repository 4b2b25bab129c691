package io.sluice.notifier.delivery;

/** Where a delivery stands. */
public enum DeliveryState {
    /** Waits for its next attempt, or is in one. */
    PENDING,
    /** The receiver took it. */
    DELIVERED,
    /** Given up after 24 hours, or because the subscription was deleted. */
    DEAD
}
