package io.sluice.notifier.alert;

import io.sluice.notifier.rule.Alert;
import io.sluice.notifier.rule.AlertKind;
import io.sluice.notifier.rule.Change;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** An alert that fires or has fired, for people to look at; the rules go by {@link WatchEntity}. Not thread-safe. */
@Entity
@Table(name = "alert")
class AlertEntity {

    @Id
    private String key;

    /** Grows with each alert that is new. */
    @Column(insertable = false, updatable = false)
    private long seq;

    private String taskId;
    private String taskName;

    @Enumerated(EnumType.STRING)
    private AlertKind kind;

    @Enumerated(EnumType.STRING)
    private Alert.State state;

    private Instant since;
    private @Nullable String topic;
    private String subject;
    private String message;
    private int told;

    @Enumerated(EnumType.STRING)
    private @Nullable Untold untold;

    private Instant changedAt;

    /** Why nobody was told. */
    enum Untold {
        /** The task names no topic. */
        NO_TOPIC,
        /** The task names a topic that does not exist. */
        UNKNOWN_TOPIC,
        /** Nobody has subscribed to the topic and confirmed. */
        NO_SUBSCRIPTION
    }

    @SuppressWarnings("NullAway.Init") // for Hibernate
    AlertEntity() {}

    @SuppressWarnings("NullAway.Init") // become() sets the rest
    AlertEntity(String taskId, AlertKind kind) {
        this.key = kind.key(taskId);
        this.taskId = taskId;
        this.kind = kind;
    }

    void become(
            Change change,
            String newTaskName,
            @Nullable String newTopic,
            int newTold,
            @Nullable Untold newUntold,
            Instant now) {
        taskName = newTaskName;
        state = change.alert().state();
        since = change.alert().since();
        topic = newTopic;
        subject = change.subject();
        message = change.message();
        told = newTold;
        untold = newUntold;
        changedAt = now;
    }

    long seq() {
        return seq;
    }

    /** Where it was told last. */
    @Nullable
    String topic() {
        return topic;
    }

    View view() {
        return new View(
                key,
                kind.word(),
                state,
                since,
                new TaskView(taskId, taskName),
                topic,
                subject,
                message,
                told,
                untold,
                changedAt);
    }

    /**
     * An alert as users see it.
     *
     * @param told for how many subscriptions its last message was queued
     * @param untold why it was queued for none; null when it was queued
     * @param changedAt when it last fired or resolved
     */
    @Schema(name = "Alert")
    record View(
            String key,
            String kind,
            Alert.State state,
            Instant since,
            TaskView task,
            @Nullable String topic,
            String subject,
            String message,
            int told,
            @Nullable Untold untold,
            Instant changedAt) {}

    record TaskView(String id, String name) {}
}
