package io.sluice.notifier.topic;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.notifier.channel.MailChannel;
import io.sluice.notifier.channel.Signature;
import io.sluice.notifier.channel.WebhookChannel;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.Message;
import io.sluice.notifier.delivery.Recipient;
import io.sluice.notifier.delivery.UnsubscribeToken;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions from the request to the farewell. */
@ApplicationScoped
public class SubscriptionService {

    /** How long receivers have to take a new secret over. */
    private static final Duration BOTH_SIGN = Duration.ofHours(24);

    private final TopicRepository topics;
    private final SubscriptionRepository subscriptions;
    private final Confirmations confirmations;
    private final DeliveryQueue queue;
    private final WebhookChannel webhooks;
    private final MailChannel mails;
    private final SecretSeal seal;
    private final IdempotencyKeys keys;
    private final Clock clock;

    @Inject
    SubscriptionService(
            TopicRepository topics,
            SubscriptionRepository subscriptions,
            Confirmations confirmations,
            DeliveryQueue queue,
            WebhookChannel webhooks,
            MailChannel mails,
            SecretSeal seal,
            IdempotencyKeys keys,
            Clock clock) {
        this.keys = keys;
        this.topics = topics;
        this.subscriptions = subscriptions;
        this.confirmations = confirmations;
        this.queue = queue;
        this.webhooks = webhooks;
        this.mails = mails;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * A new subscription.
     *
     * @param secret signs messages to a webhook and is shown this once; null of a mailbox
     */
    record Created(Subscription.View subscription, @Nullable Secret secret) {}

    /**
     * Not one transaction as a whole: the name look-up in it may take long.
     *
     * @param key null when the request has none
     * @throws SluiceException {@code ENDPOINT_FORBIDDEN}, {@code MAIL_NOT_CONFIGURED}, {@code TOO_MANY_CONFIRMATIONS},
     *     {@code NOT_FOUND} when there is no such topic, {@code IDEMPOTENCY_KEY_REUSED}
     */
    Created create(String topic, Target target, IdempotencyKeys.@Nullable Request key) {
        if (key == null || keys.findAnswer(key).isEmpty()) {
            switch (target) {
                case Target.Webhook webhook -> webhooks.requirePermitted(webhook.url());
                case Target.Mailbox ignored -> mails.requireConfigured();
            }
        }
        return store(topic, target, key);
    }

    /** What is kept of a creation, sealed. */
    private record Stored(String topic, UUID id, @Nullable String secret) {}

    @Transactional
    Created store(String topic, Target target, IdempotencyKeys.@Nullable Request key) {
        Stored stored = Json.read(keys.once(key, () -> Json.write(store(topic, target))), Stored.class);
        return new Created(
                subscriptions
                        .load(stored.topic(), stored.id(), LockModeType.NONE)
                        .view(),
                stored.secret() == null ? null : new Secret(stored.secret()));
    }

    private Stored store(String topicName, Target target) {
        Topic topic = topics.load(topicName, LockModeType.PESSIMISTIC_READ);
        UUID id = UUID.randomUUID();
        Secret secret = Signature.newSecret();
        Subscription subscription =
                new Subscription(id, topic.name(), target, seal.seal(Recipient.sealContext(id), secret), now());
        confirmations.ask(subscription);
        subscriptions.persist(subscription);
        return new Stored(topic.name(), id, subscription.isMailbox() ? null : secret.reveal());
    }

    /** A new secret; the one before signs beside it for a day. */
    record Rotated(Secret secret, Instant previousValidUntil) {}

    /**
     * Every message that is sent from now on has both signatures, also those that were queued before.
     *
     * @throws SluiceException {@code NOT_FOUND}, {@code VALIDATION_FAILED} of a mailbox
     */
    @Transactional
    Rotated rotateSecret(String topic, UUID id) {
        Subscription subscription = subscriptions.load(topic, id, LockModeType.PESSIMISTIC_WRITE);
        if (subscription.isMailbox()) {
            String message = "is email, which is not signed: there is no secret to change.";
            throw new SluiceException(
                    "protocol " + message, List.of(new Violation("protocol", ErrorCode.VALIDATION_FAILED, message)));
        }
        Secret secret = Signature.newSecret();
        Instant until = now().plus(BOTH_SIGN);
        subscription.rotate(seal.seal(Recipient.sealContext(id), secret), until);
        queue.rekey(id, subscription.recipient().keys());
        return new Rotated(secret, until);
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
            confirmations.ask(subscription);
        }
        return subscription.view();
    }

    /**
     * The topic that a link unsubscribes from; changes nothing. Empty when the link is none of a subscription.
     */
    @Transactional
    Optional<String> findTopic(UnsubscribeToken token) {
        return findSubscription(token)
                .map(subscription -> subscription.recipient().topic());
    }

    /** The topic; empty when the link is none of a subscription. A second time it is none any more. */
    @Transactional
    Optional<String> unsubscribe(UnsubscribeToken token) {
        Optional<Subscription> found = findSubscription(token);
        Optional<String> topic =
                found.map(subscription -> subscription.recipient().topic());
        found.ifPresent(this::bidFarewell);
        return topic;
    }

    private Optional<Subscription> findSubscription(UnsubscribeToken token) {
        return subscriptions
                .lockById(token.subscriptionId())
                .filter(subscription -> token.isMadeWith(
                        seal.open(Recipient.sealContext(token.subscriptionId()), subscription.secret())));
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
