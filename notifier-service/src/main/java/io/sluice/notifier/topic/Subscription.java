package io.sluice.notifier.topic;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.notifier.channel.EmailAddress;
import io.sluice.notifier.delivery.Recipient;
import io.sluice.notifier.delivery.SealedKeys;
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
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** One endpoint that wants the messages of one topic. Not thread-safe, as any entity. */
@Entity
@Table(name = "subscription")
class Subscription {

    static final Duration LINK_VALID = Duration.ofDays(2);

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Long seq;

    private UUID id;
    private String topic;
    private String protocol;
    private String endpoint;

    @Enumerated(EnumType.STRING)
    private SubscriptionState state;

    private String sealedSecret;

    private @Nullable String sealedPreviousSecret;
    private @Nullable Instant previousValidUntil;

    /** Kept when it is confirmed: the link may be opened twice. */
    private String tokenHash;

    private Instant tokenExpiresAt;
    private Instant createdAt;
    private @Nullable Instant confirmedAt;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    Subscription() {}

    Subscription(UUID id, String topic, Target target, SealedSecret secret, Instant now) {
        this.id = id;
        this.topic = topic;
        this.protocol = target.protocol();
        this.endpoint = target.endpoint();
        this.state = SubscriptionState.PENDING;
        this.sealedSecret = secret.text();
        this.createdAt = now;
        this.tokenHash = "";
        this.tokenExpiresAt = now;
    }

    /** The link of an earlier token is void from now on. */
    void expect(ConfirmationToken token, Instant now) {
        tokenHash = token.hash();
        tokenExpiresAt = now.plus(LINK_VALID);
    }

    boolean isConfirmedBy(ConfirmationToken token, Instant now) {
        return tokenHash.equals(token.hash()) && now.isBefore(tokenExpiresAt);
    }

    void confirm(Instant now) {
        if (state == SubscriptionState.PENDING) {
            state = SubscriptionState.CONFIRMED;
            confirmedAt = now;
        }
    }

    boolean isMailbox() {
        return protocol.equals(EmailAddress.PROTOCOL);
    }

    /** The secret until now goes on signing beside the new one until then. */
    void rotate(SealedSecret secret, Instant previousUntil) {
        sealedPreviousSecret = sealedSecret;
        previousValidUntil = previousUntil;
        sealedSecret = secret.text();
    }

    void reseal(UnaryOperator<SealedSecret> seal) {
        sealedSecret = seal.apply(secret()).text();
        if (sealedPreviousSecret != null) {
            sealedPreviousSecret =
                    seal.apply(new SealedSecret(sealedPreviousSecret)).text();
        }
    }

    SealedSecret secret() {
        return new SealedSecret(sealedSecret);
    }

    boolean isConfirmed() {
        return state == SubscriptionState.CONFIRMED;
    }

    Recipient recipient() {
        SealedSecret previous = sealedPreviousSecret == null ? null : new SealedSecret(sealedPreviousSecret);
        return new Recipient(id, topic, protocol, endpoint, new SealedKeys(secret(), previous, previousValidUntil));
    }

    long seq() {
        if (seq == null) {
            throw new IllegalStateException("subscription: not stored yet");
        }
        return seq;
    }

    UUID id() {
        return id;
    }

    View view() {
        return new View(
                id, topic, protocol, endpoint, state, createdAt, confirmedAt, isConfirmed() ? null : tokenExpiresAt);
    }

    /**
     * A subscription as users see it.
     *
     * @param linkExpiresAt until when it can be confirmed; null when it is
     */
    @Schema(name = "Subscription")
    record View(
            UUID id,
            String topic,
            String protocol,
            String endpoint,
            SubscriptionState state,
            Instant createdAt,
            @Nullable Instant confirmedAt,
            @Nullable Instant linkExpiresAt) {}
}
