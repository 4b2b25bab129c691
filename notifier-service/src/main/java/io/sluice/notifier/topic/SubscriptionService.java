package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.notifier.channel.Signature;
import io.sluice.notifier.channel.WebhookChannel;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.Message;
import io.sluice.notifier.delivery.Recipient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** Subscriptions from the request to the farewell. */
@ApplicationScoped
public class SubscriptionService {

    private final TopicRepository topics;
    private final SubscriptionRepository subscriptions;
    private final DeliveryQueue queue;
    private final WebhookChannel channel;
    private final SecretSeal seal;
    private final Clock clock;
    private final String linkPrefix;

    @Inject
    SubscriptionService(
            TopicRepository topics,
            SubscriptionRepository subscriptions,
            DeliveryQueue queue,
            WebhookChannel channel,
            SecretSeal seal,
            LinkConfig links,
            Clock clock) {
        this.topics = topics;
        this.subscriptions = subscriptions;
        this.queue = queue;
        this.channel = channel;
        this.seal = seal;
        this.clock = clock;
        this.linkPrefix = links.baseUrl().toString().replaceFirst("/+$", "") + "/api/v1/confirmations/";
    }

    /** A new subscription with its signing secret, which is shown this once. */
    record Created(Subscription.View subscription, Secret secret) {}

    /** Not one transaction as a whole: the name look-up in it may take long. */
    Created create(String topic, NewSubscription.Valid asked) {
        channel.requirePermitted(asked.endpoint());
        return store(topic, asked);
    }

    @Transactional
    Created store(String topicName, NewSubscription.Valid asked) {
        Topic topic = topics.load(topicName, LockModeType.PESSIMISTIC_READ);
        UUID id = UUID.randomUUID();
        Secret secret = Signature.newSecret();
        Subscription subscription =
                new Subscription(id, topic.name(), asked, seal.seal(Recipient.sealContext(id), secret), now());
        askForConfirmation(subscription);
        subscriptions.persist(subscription);
        return new Created(subscription.view(), secret);
    }

    @Transactional
    Page<Subscription.View> list(String topic, PageRequest request) {
        topics.load(topic);
        return Page.of(
                        request,
                        subscriptions.findPage(topic, after(request), request.fetchSize()),
                        subscription -> Long.toString(subscription.seq()))
                .map(Subscription::view);
    }

    @Transactional
    Subscription.View load(String topic, UUID id) {
        return subscriptions.load(topic, id, LockModeType.NONE).view();
    }

    /** Sends a new link, which voids the one before; nothing when it is confirmed already. */
    @Transactional
    Subscription.View resend(String topic, UUID id) {
        Subscription subscription = subscriptions.load(topic, id, LockModeType.PESSIMISTIC_WRITE);
        if (!subscription.isConfirmed()) {
            queue.cancel(id);
            askForConfirmation(subscription);
        }
        return subscription.view();
    }

    /** @throws SluiceException {@code NOT_FOUND} for a token that is unknown or too old */
    @Transactional
    Subscription.View confirm(ConfirmationToken token) {
        Instant now = now();
        Subscription subscription = subscriptions
                .lockByToken(token.hash())
                .filter(found -> found.isConfirmedBy(token, now))
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.NOT_FOUND,
                        "This link is not valid, or no longer; whoever made the subscription can send a new one."));
        subscription.confirm(now);
        return subscription.view();
    }

    @Transactional
    void delete(String topic, UUID id) {
        bidFarewell(subscriptions.load(topic, id, LockModeType.PESSIMISTIC_WRITE));
    }

    @Transactional(Transactional.TxType.MANDATORY)
    void deleteAll(String topic) {
        subscriptions.lockAll(topic).forEach(this::bidFarewell);
    }

    /** Who never agreed to get messages gets no farewell either. */
    private void bidFarewell(Subscription subscription) {
        Recipient recipient = subscription.recipient();
        if (subscription.isConfirmed()) {
            queue.addFarewell(
                    recipient,
                    Message.Content.of(
                            Message.Type.UnsubscribeConfirmation,
                            "Unsubscribed from topic " + recipient.topic(),
                            "This endpoint gets no more messages of topic " + recipient.topic() + "."));
        } else {
            queue.cancel(recipient.subscriptionId());
        }
        subscriptions.delete(subscription);
    }

    private void askForConfirmation(Subscription subscription) {
        ConfirmationToken token = ConfirmationToken.random();
        subscription.expect(token, now());
        Recipient recipient = subscription.recipient();
        queue.addConfirmation(
                recipient,
                Message.Content.of(
                        Message.Type.SubscriptionConfirmation,
                        "Confirm the subscription to topic " + recipient.topic(),
                        "Open confirmUrl within " + Subscription.LINK_VALID.toHours()
                                + " hours to get the messages of topic " + recipient.topic()
                                + " here. If you did not ask for it, do nothing."),
                seal.seal(Recipient.sealContext(recipient.subscriptionId()), new Secret(linkPrefix + token.text())));
    }

    private static long after(PageRequest request) {
        if (request.after() == null) {
            return 0;
        }
        try {
            return Long.parseLong(request.after());
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /** As the database keeps times. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
