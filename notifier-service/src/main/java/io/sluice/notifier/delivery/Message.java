package io.sluice.notifier.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.notifier.rule.Alert;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The JSON body of a webhook: a public contract, so fields may be added but never change their meaning.
 *
 * @param id the same in the header {@code webhook-id}, and in every attempt
 * @param at when the message was made; the header {@code webhook-timestamp} is the time of the attempt
 * @param confirmUrl opened once, it confirms the subscription; only in a confirmation
 * @param alerts several alerts that are told at once, in their order; then {@code task} and {@code alert} are absent
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Message(
        String id,
        Type type,
        String topic,
        String subject,
        String message,
        @Nullable TaskReference task,
        @Nullable AlertReference alert,
        Instant at,
        @Nullable String confirmUrl,
        @Nullable List<Grouped> alerts) {

    private static final int SHOWN = 20;

    /** Written as these names stand. */
    public enum Type {
        SubscriptionConfirmation,
        Notification,
        UnsubscribeConfirmation
    }

    /** The task as it was when the message was made. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TaskReference(
            String id, String name, String state, @Nullable ErrorCode code, String detail) {}

    /**
     * @param key the same in the message that it fires and in the one that it resolves
     * @param since when it began to fire
     */
    public record AlertReference(String key, String kind, Alert.State state, Instant since) {}

    /** One of several alerts in a message. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Grouped(
            String id,
            String subject,
            String message,
            @Nullable TaskReference task,
            @Nullable AlertReference alert) {}

    /** What a message says, before it is addressed to anybody. */
    public record Content(
            Type type,
            String subject,
            String message,
            @Nullable TaskReference task,
            @Nullable AlertReference alert) {

        public static Content of(Type type, String subject, String message) {
            return new Content(type, subject, message, null, null);
        }
    }

    static Message of(String id, String topic, Content content, Instant at) {
        return new Message(
                id,
                content.type(),
                topic,
                content.subject(),
                content.message(),
                content.task(),
                content.alert(),
                at,
                null,
                null);
    }

    /** Tells what these messages tell, in their order. */
    static Message grouping(String id, String topic, List<Message> messages, Instant at) {
        long firing = messages.stream().filter(Message::fires).count();
        List<Grouped> alerts = messages.stream()
                .map(each -> new Grouped(each.id, each.subject, each.message, each.task, each.alert))
                .toList();
        String subjects = messages.stream().limit(SHOWN).map(Message::subject).collect(Collectors.joining("\n"));
        int more = messages.size() - SHOWN;
        return new Message(
                id,
                Type.Notification,
                topic,
                "[ALERTS] " + messages.size() + " alerts of topic " + topic + ": " + firing + " firing, "
                        + (messages.size() - firing) + " resolved",
                subjects + (more > 0 ? "\nand " + more + " more" : ""),
                null,
                null,
                at,
                null,
                alerts);
    }

    private boolean fires() {
        return alert != null && alert.state() == Alert.State.FIRING;
    }

    Message withConfirmUrl(String url) {
        return new Message(id, type, topic, subject, message, task, alert, at, url, alerts);
    }
}
