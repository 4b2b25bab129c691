package io.sluice.notifier.topic;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.Message;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Topics, and what is published to them. */
@ApplicationScoped
public class TopicService {

    private final TopicRepository topics;
    private final SubscriptionRepository subscriptions;
    private final SubscriptionService subscriptionService;
    private final DeliveryQueue queue;
    private final IdempotencyKeys keys;
    private final Clock clock;

    @Inject
    TopicService(
            TopicRepository topics,
            SubscriptionRepository subscriptions,
            SubscriptionService subscriptionService,
            DeliveryQueue queue,
            IdempotencyKeys keys,
            Clock clock) {
        this.keys = keys;
        this.topics = topics;
        this.subscriptions = subscriptions;
        this.subscriptionService = subscriptionService;
        this.queue = queue;
        this.clock = clock;
    }

    /**
     * @param key null when the request has none
     * @throws SluiceException {@code TOPIC_NAME_TAKEN}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    @Transactional
    Topic.View create(NewTopic.Valid asked, IdempotencyKeys.@Nullable Request key) {
        return Json.read(keys.once(key, () -> Json.write(create(asked))), Topic.View.class);
    }

    private Topic.View create(NewTopic.Valid asked) {
        Topic.View topic = new Topic.View(
                asked.name(), asked.displayName(), clock.instant().truncatedTo(ChronoUnit.MICROS));
        if (!topics.insertIfNew(topic)) {
            throw new SluiceException(
                    ErrorCode.TOPIC_NAME_TAKEN,
                    "There is a topic with the name " + asked.name() + " already (case does not count).");
        }
        return topic;
    }

    @Transactional
    Page<Topic.View> list(PageRequest request) {
        return Page.of(request, topics.findPage(request), Topic::name).map(Topic::view);
    }

    @Transactional
    Topic.View load(String name) {
        return topics.load(name).view();
    }

    /** With its subscriptions, which are told. */
    @Transactional
    void delete(String name) {
        Topic topic = topics.load(name, LockModeType.PESSIMISTIC_WRITE);
        subscriptionService.deleteAll(name);
        topics.delete(topic);
    }

    /**
     * Queues a message for every confirmed subscription.
     *
     * @return whether there is such a topic, and how many get it
     */
    @Transactional
    public Published publish(String topic, Message.Content content) {
        List<Subscription> confirmed = subscriptions.lockConfirmed(topic);
        confirmed.forEach(subscription -> queue.add(subscription.recipient(), content));
        boolean known = !confirmed.isEmpty() || topics.findByIdOptional(topic).isPresent();
        return new Published(known, confirmed.size());
    }

    /**
     * What became of a message.
     *
     * @param known there is a topic of that name
     */
    public record Published(boolean known, int deliveries) {}

    @Transactional
    int publishTest(String name) {
        Topic topic = topics.load(name);
        return publish(
                        topic.name(),
                        Message.Content.of(
                                Message.Type.Notification,
                                "[TEST] Topic " + name,
                                "This is a test message of topic " + name + ". Nothing has happened."))
                .deliveries();
    }
}
