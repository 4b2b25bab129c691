package io.sluice.notifier.delivery;

import io.sluice.contracts.Json;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.notifier.channel.Outcome;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One message for one subscription, with all that it takes to send it. Not thread-safe, as any entity. */
@Entity
@Table(name = "delivery")
class Delivery {

    /** In the order in which messages were made; what must stay in order is ordered by this. */
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Long seq;

    private UUID id;
    private UUID subscriptionId;
    private String topic;
    private String endpoint;

    private String protocol;

    /** Null when the subscription is gone, and with it the right to send it anything. */
    private @Nullable String sealedSecret;

    private @Nullable String sealedPreviousSecret;
    private @Nullable Instant previousValidUntil;

    @Enumerated(EnumType.STRING)
    private Message.Type type;

    @SuppressWarnings("UnusedVariable") // read by the SQL that claims
    private @Nullable String alertKey;

    /** Without the link of a confirmation, which is as good as a password. */
    private String message;

    private @Nullable String sealedConfirmUrl;

    @Enumerated(EnumType.STRING)
    private DeliveryState state;

    private Instant createdAt;
    private Instant dueAt;
    private Instant giveUpAt;

    /** Failed attempts since it was queued. */
    private int tries;

    /** How often it was claimed: the number of a claim that still counts. */
    private int claims;

    @SuppressWarnings("UnusedVariable") // read by the SQL that claims
    private @Nullable Instant claimedUntil;

    private @Nullable Instant endedAt;

    /** Its message tells several alerts at once. */
    @SuppressWarnings("UnusedVariable") // read by the SQL that claims
    private boolean isGroup;

    /** The delivery that tells this one's alert among others. */
    private @Nullable UUID groupId;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    Delivery() {}

    Delivery(
            UUID id,
            Recipient recipient,
            Message message,
            @Nullable SealedSecret confirmUrl,
            Duration giveUpAfter,
            Instant now) {
        this.id = id;
        this.subscriptionId = recipient.subscriptionId();
        this.topic = recipient.topic();
        this.protocol = recipient.protocol();
        this.endpoint = recipient.endpoint();
        take(recipient.keys());
        this.type = message.type();
        this.alertKey = message.alert() == null ? null : message.alert().key();
        this.isGroup = message.alerts() != null;
        this.message = Json.write(message);
        this.sealedConfirmUrl = confirmUrl == null ? null : confirmUrl.text();
        this.state = DeliveryState.PENDING;
        this.createdAt = now;
        this.dueAt = now;
        this.giveUpAt = now.plus(giveUpAfter);
    }

    /** Nobody else sends it until then. */
    void claim(Instant until) {
        claims++;
        claimedUntil = until;
    }

    void settle(Outcome outcome, Backoff backoff, Instant now) {
        claimedUntil = null;
        if (outcome instanceof Outcome.Accepted) {
            end(DeliveryState.DELIVERED, now);
        } else if (state == DeliveryState.PENDING) {
            tries++;
            if (outcome instanceof Outcome.Rejected || !now.isBefore(giveUpAt)) {
                end(DeliveryState.DEAD, now);
            } else {
                Instant next = now.plus(backoff.after(tries));
                dueAt = next.isBefore(giveUpAt) ? next : giveUpAt;
            }
        }
    }

    /** Sends it anew, at once and for as long as a new one. */
    void queueAgain(Instant now) {
        state = DeliveryState.PENDING;
        endedAt = null;
        groupId = null;
        tries = 0;
        dueAt = now;
        giveUpAt = now.plus(Backoff.GIVE_UP_AFTER);
    }

    /** Another delivery tells its alert. */
    void joinGroup(UUID group, Instant now) {
        groupId = group;
        end(DeliveryState.GROUPED, now);
    }

    /** Signs with other secrets from now on. */
    final void take(SealedKeys keys) {
        sealedSecret = keys.current().text();
        sealedPreviousSecret = keys.previous() == null ? null : keys.previous().text();
        previousValidUntil = keys.previousUntil();
    }

    void reseal(UnaryOperator<SealedSecret> seal) {
        sealedSecret = resealed(sealedSecret, seal);
        sealedPreviousSecret = resealed(sealedPreviousSecret, seal);
        sealedConfirmUrl = resealed(sealedConfirmUrl, seal);
    }

    private static @Nullable String resealed(@Nullable String sealed, UnaryOperator<SealedSecret> seal) {
        return sealed == null ? null : seal.apply(new SealedSecret(sealed)).text();
    }

    /** A link to confirm with has reached its mailbox or endpoint. */
    boolean isConfirmationDelivered() {
        return type == Message.Type.SubscriptionConfirmation && state == DeliveryState.DELIVERED;
    }

    /** Tried once, and no loss when it does not arrive. */
    boolean isFarewell() {
        return type == Message.Type.UnsubscribeConfirmation;
    }

    private void end(DeliveryState end, Instant now) {
        state = end;
        endedAt = now;
        if (isFarewell()) {
            sealedSecret = null;
            sealedPreviousSecret = null;
        }
    }

    long seq() {
        if (seq == null) {
            throw new IllegalStateException("delivery: not stored yet");
        }
        return seq;
    }

    UUID id() {
        return id;
    }

    UUID subscriptionId() {
        return subscriptionId;
    }

    String topic() {
        return topic;
    }

    String endpoint() {
        return endpoint;
    }

    /** Null when it can never be sent again. */
    @Nullable
    Recipient recipient() {
        if (sealedSecret == null) {
            return null;
        }
        SealedSecret previous = sealedPreviousSecret == null ? null : new SealedSecret(sealedPreviousSecret);
        SealedKeys keys = new SealedKeys(new SealedSecret(sealedSecret), previous, previousValidUntil);
        return new Recipient(subscriptionId, topic, protocol, endpoint, keys);
    }

    @Nullable
    UUID groupId() {
        return groupId;
    }

    @Nullable
    SealedSecret confirmUrl() {
        return sealedConfirmUrl == null ? null : new SealedSecret(sealedConfirmUrl);
    }

    /** Of the message, in characters. */
    int size() {
        return message.length();
    }

    Message message() {
        return Json.read(message, Message.class);
    }

    DeliveryState state() {
        return state;
    }

    Instant createdAt() {
        return createdAt;
    }

    Instant dueAt() {
        return dueAt;
    }

    int claims() {
        return claims;
    }

    @Nullable
    Instant endedAt() {
        return endedAt;
    }
}
