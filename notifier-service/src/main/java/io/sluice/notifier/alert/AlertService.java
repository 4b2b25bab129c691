package io.sluice.notifier.alert;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.delivery.Message;
import io.sluice.notifier.rule.AbnormalRule;
import io.sluice.notifier.rule.Alert;
import io.sluice.notifier.rule.Verdict;
import io.sluice.notifier.rule.Wording;
import io.sluice.notifier.topic.TopicService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Events become alert state and messages, in one transaction for each event: after a crash an event is either handled or
 * comes again, and one that comes again does nothing.
 */
@ApplicationScoped
public class AlertService {

    private static final Logger LOG = Logger.getLogger(AlertService.class);

    /** How long an event that comes again is known. One that is older is no news, and is not handled at all. */
    private static final Duration MEMORY = Duration.ofDays(30);

    private final AlertRepository alerts;
    private final TopicService topics;
    private final Clock clock;
    private final AbnormalRule rule = new AbnormalRule();

    @Inject
    AlertService(AlertRepository alerts, TopicService topics, Clock clock) {
        this.alerts = alerts;
        this.topics = topics;
        this.clock = clock;
    }

    @Transactional
    void handle(TaskEvent event) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        if (event.at().isBefore(now.minus(MEMORY)) || !alerts.remember(event.id(), now)) {
            return;
        }
        String key = rule.key(event.taskId());
        Optional<AlertEntity> stored = alerts.lock(key);
        switch (rule.judge(stored.map(AlertEntity::alert).orElse(null), event)) {
            case Verdict.Unchanged() -> {
                return;
            }
            case Verdict.Forgotten() -> stored.ifPresent(alerts::delete);
            case Verdict.Changed(Alert alert) -> {
                stored.ifPresentOrElse(known -> known.become(alert), () -> alerts.persist(new AlertEntity(key, alert)));
                tell(key, alert, event);
            }
        }
    }

    /** The memory must outlast the events themselves: an event older than it is not handled. */
    @Transactional
    void forgetOldEvents() {
        int forgotten = alerts.forgetEventsBefore(clock.instant().minus(MEMORY.plusDays(1)));
        LOG.debugf("Forgot %d events", forgotten);
    }

    private void tell(String key, Alert alert, TaskEvent event) {
        if (event.alertTopic() == null) {
            return;
        }
        Wording wording = Wording.of(alert, event);
        int told = topics.publish(
                event.alertTopic(),
                new Message.Content(
                        Message.Type.Notification,
                        wording.subject(),
                        wording.message(),
                        new Message.TaskReference(
                                event.taskId(), event.taskName(), event.state(), event.code(), event.detail()),
                        new Message.AlertReference(key, AbnormalRule.KIND, alert.state(), alert.since())));
        LOG.infof(
                "Alert %s is %s; %d subscriptions of topic %s are told", key, alert.state(), told, event.alertTopic());
    }
}
