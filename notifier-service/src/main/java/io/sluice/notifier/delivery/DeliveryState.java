package io.sluice.notifier.delivery;

/** Where a delivery stands. */
public enum DeliveryState {
    /** Waits for its next attempt, or is in one. */
    PENDING,
    /** The receiver took it. */
    DELIVERED,
    /** Given up after 24 hours, because the mail server refused it for good, or because the subscription was deleted. */
    DEAD,
    /** Told together with others by another delivery, which says how that went. */
    GROUPED
}
