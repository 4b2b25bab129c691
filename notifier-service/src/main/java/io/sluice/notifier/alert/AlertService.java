package io.sluice.notifier.alert;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.notifier.alert.AlertEntity.Untold;
import io.sluice.notifier.delivery.Message;
import io.sluice.notifier.rule.Alert;
import io.sluice.notifier.rule.Change;
import io.sluice.notifier.rule.Judgement;
import io.sluice.notifier.rule.Rules;
import io.sluice.notifier.topic.TopicService;
import io.sluice.notifier.topic.TopicService.Published;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Events become memory, alerts and messages, each batch in one transaction: after a crash a batch is either handled or
 * comes again, and an event that comes again does nothing.
 */
@ApplicationScoped
public class AlertService {

    private static final Logger LOG = Logger.getLogger(AlertService.class);

    /** How long an event that comes again is known. One that is older is no news, and is not handled at all. */
    private static final Duration MEMORY = Duration.ofDays(30);

    /** In one transaction; more are begun only by an event that has more subscriptions than that. */
    private static final int DELIVERIES = 1000;

    private final AlertRepository alerts;
    private final WatchRepository watches;
    private final TopicService topics;
    private final MeterRegistry meters;
    private final Clock clock;
    private final Rules rules;

    @Inject
    AlertService(
            AlertRepository alerts,
            WatchRepository watches,
            TopicService topics,
            AlertConfig config,
            MeterRegistry meters,
            Clock clock) {
        this.alerts = alerts;
        this.watches = watches;
        this.topics = topics;
        this.meters = meters;
        this.clock = clock;
        this.rules = new Rules(config.rules());
    }

    /**
     * Handles the first of these events, as many as make no more than a bounded number of messages.
     *
     * @return how many were handled, at least one
     */
    @Transactional
    int handle(List<TaskEvent> events) {
        int handled = 0;
        int deliveries = 0;
        while (handled < events.size() && deliveries < DELIVERIES) {
            deliveries += handle(events.get(handled));
            handled++;
        }
        return handled;
    }

    /** Returns how many messages were queued. */
    private int handle(TaskEvent event) {
        Instant now = now();
        // Figures need no memory of their own: the rules know those that come late or again by their time.
        boolean news = event.kind() == TaskEvent.Kind.VITALS || alerts.remember(event.id(), now);
        if (event.at().isBefore(now.minus(MEMORY)) || !news) {
            return 0;
        }
        Optional<WatchEntity> stored = watches.lock(event.taskId());
        if (stored.filter(WatchEntity::isDeleted).isPresent()) {
            return 0;
        }
        WatchEntity watch = stored.orElseGet(() -> new WatchEntity(event.taskId()));
        List<Change> changes = List.of();
        if (event.kind() == TaskEvent.Kind.DELETED) {
            watch.end(event);
            alerts.forgetTask(event.taskId());
        } else {
            Judgement judgement = rules.judge(watch.watch(), event);
            watch.take(event, judgement.watch());
            changes = judgement.changes();
        }
        if (stored.isEmpty()) {
            // The next event of the same batch locks its row.
            watches.persistAndFlush(watch);
        }
        return changes.stream().mapToInt(change -> tell(change, event, now)).sum();
    }

    private int tell(Change change, TaskEvent event, Instant now) {
        String key = change.kind().key(event.taskId());
        AlertEntity alert =
                alerts.findByIdOptional(key).orElseGet(() -> new AlertEntity(event.taskId(), change.kind()));
        // Who was told that it fires is told that it does no longer, whatever topic the task names by now.
        String topic = change.alert().state() == Alert.State.RESOLVED && alert.topic() != null
                ? alert.topic()
                : event.alertTopic();
        Published published = publish(key, topic, change, event);
        Untold untold = untold(topic, published);
        alert.become(change, event.taskName(), topic, published.deliveries(), untold, now);
        if (!alerts.isPersistent(alert)) {
            alerts.persist(alert);
        }
        if (untold == null) {
            LOG.infof(
                    "Alert %s is %s; %d subscriptions of topic %s are told",
                    key, change.alert().state(), published.deliveries(), topic);
        } else {
            LOG.warnf(
                    "Alert %s is %s, and nobody is told: %s%s",
                    key, change.alert().state(), untold, topic == null ? "" : ", topic " + topic);
            meters.counter("sluice.alerts.untold", "reason", untold.name()).increment();
        }
        return published.deliveries();
    }

    private Published publish(String key, @Nullable String topic, Change change, TaskEvent event) {
        if (topic == null) {
            return new Published(false, 0);
        }
        Alert alert = change.alert();
        return topics.publish(
                topic,
                new Message.Content(
                        Message.Type.Notification,
                        change.subject(),
                        change.message(),
                        new Message.TaskReference(
                                event.taskId(), event.taskName(), event.state(), event.code(), event.detail()),
                        new Message.AlertReference(key, change.kind().word(), alert.state(), alert.since())));
    }

    private static @Nullable Untold untold(@Nullable String topic, Published published) {
        if (topic == null) {
            return Untold.NO_TOPIC;
        }
        if (!published.known()) {
            return Untold.UNKNOWN_TOPIC;
        }
        return published.deliveries() == 0 ? Untold.NO_SUBSCRIPTION : null;
    }

    @Transactional
    Page<AlertEntity.View> list(
            Alert.@Nullable State state, @Nullable String topic, @Nullable String taskId, PageRequest request) {
        List<AlertEntity> found = alerts.findPage(state, topic, taskId, before(request), request.fetchSize());
        return Page.of(request, found, alert -> Long.toString(alert.seq())).map(AlertEntity::view);
    }

    @Transactional
    List<AlertEntity.View> firing() {
        return alerts.firing().stream().map(AlertEntity::view).toList();
    }

    /** For how long nothing was heard of a task whose figures should come every few seconds; the longest of all. */
    @Transactional
    Duration longestSilence() {
        return watches.longestSilent()
                .map(heard -> Duration.between(heard, clock.instant()))
                .filter(silence -> !silence.isNegative())
                .orElse(Duration.ZERO);
    }

    /** The memory must outlast the events themselves: an event older than it is not handled. */
    @Transactional
    void forgetOldEvents() {
        Instant time = clock.instant().minus(MEMORY.plusDays(1));
        int forgotten = alerts.forgetEventsBefore(time);
        long tasks = watches.forgetDeletedBefore(time);
        LOG.debugf("Forgot %d events and %d deleted tasks", forgotten, tasks);
    }

    private static long before(PageRequest request) {
        if (request.after() == null) {
            return Long.MAX_VALUE;
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
