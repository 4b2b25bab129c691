package io.sluice.contracts.event;

import io.sluice.contracts.error.ErrorCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One record of {@code sluice.events}: something that happened to a task, in the order in which it happened. May be
 * delivered twice, with the same id.
 *
 * @param id unique; that of a line of the task's history grows within a task
 * @param alertTopic the notifier topic that the task names; null when nobody is to be told
 * @param health what the state after this event means to an alert
 * @param state the task's state after this event, as in the REST contract
 * @param code what went wrong; null when nothing did
 * @param detail for people to read
 * @param vitals only of {@link Kind#VITALS}
 * @param comparison only of {@link Kind#COMPARISON}
 */
public record TaskEvent(
        String id,
        String taskId,
        String taskName,
        @Nullable String alertTopic,
        Kind kind,
        Health health,
        String state,
        @Nullable ErrorCode code,
        String detail,
        Instant at,
        @Nullable Vitals vitals,
        @Nullable Comparison comparison) {

    /** One without figures. */
    public TaskEvent(
            String id,
            String taskId,
            String taskName,
            @Nullable String alertTopic,
            Kind kind,
            Health health,
            String state,
            @Nullable ErrorCode code,
            String detail,
            Instant at) {
        this(id, taskId, taskName, alertTopic, kind, health, state, code, detail, at, null, null);
    }

    /** What happened. */
    public enum Kind {
        STATE_CHANGED,
        RETRYING,
        RECOVERED,
        DELETED,
        /** The task will be stopped by itself within a day; the health is that of its state. */
        AUTO_STOP_WARNING,
        /** The task was stopped by itself. */
        AUTO_STOPPED,
        /** Nothing new: how the task is, every few seconds from its start to its end. None need be kept. */
        VITALS,
        /** A comparison has ended. */
        COMPARISON
    }

    /** What a state means to an alert. */
    public enum Health {
        HEALTHY,
        /** An error is retried: not yet abnormal, and no longer surely healthy. */
        UNSURE,
        ABNORMAL
    }
}
