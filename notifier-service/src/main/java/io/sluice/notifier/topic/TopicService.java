package io.sluice.notifier.topic;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.Message;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Topics, and what is published to them. */
@ApplicationScoped
public class TopicService {

    private final TopicRepository topics;
    private final SubscriptionRepository subscriptions;
    private final SubscriptionService subscriptionService;
    private final DeliveryQueue queue;
    private final Clock clock;

    @Inject
    TopicService(
            TopicRepository topics,
            SubscriptionRepository subscriptions,
            SubscriptionService subscriptionService,
            DeliveryQueue queue,
            Clock clock) {
        this.topics = topics;
        this.subscriptions = subscriptions;
        this.subscriptionService = subscriptionService;
        this.queue = queue;
        this.clock = clock;
    }

    @Transactional
    Topic.View create(NewTopic.Valid asked) {
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
     * @return how many there are; 0 also when there is no such topic
     */
    @Transactional
    public int publish(String topic, Message.Content content) {
        List<Subscription> confirmed = subscriptions.lockConfirmed(topic);
        confirmed.forEach(subscription -> queue.add(subscription.recipient(), content));
        return confirmed.size();
    }

    @Transactional
    int publishTest(String name) {
        Topic topic = topics.load(name);
        return publish(
                topic.name(),
                Message.Content.of(
                        Message.Type.Notification,
                        "[TEST] Topic " + name,
                        "This is a test message of topic " + name + ". Nothing has happened."));
    }
}
