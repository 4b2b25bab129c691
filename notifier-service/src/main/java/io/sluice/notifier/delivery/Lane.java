package io.sluice.notifier.delivery;

/** Deliveries that wait for nobody but those of their kind: each lane has senders of its own. */
enum Lane {
    /** Webhooks that nothing speaks against. */
    WEBHOOK,
    /** Webhooks to endpoints that have failed lately: they take up to their timeout each. */
    TROUBLED,
    /** E-mail, all of which goes through one server. */
    MAIL
}
