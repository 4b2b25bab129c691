package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.LinkConfig;
import io.sluice.notifier.delivery.Message;
import io.sluice.notifier.delivery.Recipient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Links that confirm subscriptions: sent to the endpoint itself, so only who reads there can agree. */
@ApplicationScoped
public class Confirmations {

    /** Whoever may subscribe must not be able to bury a stranger's mailbox. */
    private static final int MAILS = 20;

    private static final Duration MAILS_WITHIN = Duration.ofHours(1);

    private final SubscriptionRepository subscriptions;
    private final DeliveryQueue queue;
    private final SecretSeal seal;
    private final LinkConfig links;
    private final Clock clock;

    @Inject
    Confirmations(
            SubscriptionRepository subscriptions, DeliveryQueue queue, SecretSeal seal, LinkConfig links, Clock clock) {
        this.subscriptions = subscriptions;
        this.queue = queue;
        this.seal = seal;
        this.links = links;
        this.clock = clock;
    }

    /**
     * Sends a new link, which voids the one before.
     *
     * @throws SluiceException {@code TOO_MANY_CONFIRMATIONS}
     */
    @Transactional(Transactional.TxType.MANDATORY)
    void ask(Subscription subscription) {
        ConfirmationToken token = ConfirmationToken.random();
        Recipient recipient = subscription.recipient();
        if (subscription.isMailbox()) {
            requireFew(recipient.endpoint());
        }
        subscription.expect(token, now());
        String url = subscription.isMailbox() ? links.confirmPageUrl(token.text()) : links.confirmUrl(token.text());
        String how = subscription.isMailbox() ? "Open the link below" : "Open confirmUrl";
        queue.addConfirmation(
                recipient,
                Message.Content.of(
                        Message.Type.SubscriptionConfirmation,
                        "Confirm the subscription to topic " + recipient.topic(),
                        how + " within " + Subscription.LINK_VALID.toHours()
                                + " hours to get the messages of topic " + recipient.topic()
                                + " here. If you did not ask for it, do nothing."),
                seal.seal(Recipient.sealContext(recipient.subscriptionId()), new Secret(url)));
    }

    private void requireFew(String address) {
        subscriptions.lockAddress(address);
        if (queue.countConfirmations(address, now().minus(MAILS_WITHIN)) >= MAILS) {
            throw new SluiceException(
                    ErrorCode.TOO_MANY_CONFIRMATIONS,
                    "This address was sent " + MAILS + " confirmations within the last hour; try again later.");
        }
    }

    /**
     * What a link would confirm; changes nothing.
     *
     * @throws SluiceException {@code NOT_FOUND} for a token that is unknown or too old
     */
    @Transactional
    Subscription.View find(ConfirmationToken token) {
        return load(token).view();
    }

    /** @throws SluiceException {@code NOT_FOUND} for a token that is unknown or too old */
    @Transactional
    Subscription.View confirm(ConfirmationToken token) {
        Subscription subscription = load(token);
        subscription.confirm(now());
        return subscription.view();
    }

    private Subscription load(ConfirmationToken token) {
        Instant now = now();
        return subscriptions
                .lockByToken(token.hash())
                .filter(found -> found.isConfirmedBy(token, now))
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.NOT_FOUND,
                        "This link is not valid, or no longer; whoever made the subscription can send a new one."));
    }

    /** As the database keeps times. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
