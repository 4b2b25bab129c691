package io.sluice.notifier.delivery;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A delivery as users see it.
 *
 * @param message as it is sent, but without the link of a confirmation
 * @param nextAttemptAt null when it ended
 * @param groupId the delivery that tells this one's alert among others; only when the state is GROUPED
 */
record DeliveryView(
        UUID id,
        String topic,
        UUID subscriptionId,
        String endpoint,
        DeliveryState state,
        Message message,
        Instant createdAt,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant endedAt,
        @Nullable UUID groupId,
        List<Attempt.View> attempts) {

    static DeliveryView of(Delivery delivery, List<Attempt.View> attempts) {
        return new DeliveryView(
                delivery.id(),
                delivery.topic(),
                delivery.subscriptionId(),
                delivery.endpoint(),
                delivery.state(),
                delivery.message(),
                delivery.createdAt(),
                delivery.state() == DeliveryState.PENDING ? delivery.dueAt() : null,
                delivery.endedAt(),
                delivery.groupId(),
                attempts);
    }
}
