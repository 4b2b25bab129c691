package io.sluice.notifier.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.notifier.channel.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DeliveryTest {

    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final Outcome FAILED = new Outcome.Failed("no answer");
    private static final Outcome ACCEPTED = new Outcome.Accepted(204, "");

    private final Backoff backoff = new Backoff(() -> 0L);

    @Test
    void isTriedForADayAndThenDead() {
        Delivery delivery = delivery(Message.Type.Notification, Backoff.GIVE_UP_AFTER);
        int attempts = 0;
        while (delivery.state() == DeliveryState.PENDING) {
            delivery.settle(FAILED, backoff, delivery.dueAt());
            attempts++;
        }
        assertThat(delivery.state()).isEqualTo(DeliveryState.DEAD);
        assertThat(delivery.endedAt()).isEqualTo(START.plus(Duration.ofHours(24)));
        assertThat(attempts).isBetween(15, 30);
    }

    @Test
    void aDeadOneIsTriedForAnotherDayWhenItIsQueuedAgain() {
        Delivery delivery = delivery(Message.Type.Notification, Duration.ZERO);
        delivery.settle(FAILED, backoff, START);
        assertThat(delivery.state()).isEqualTo(DeliveryState.DEAD);
        Instant later = START.plus(Duration.ofDays(3));
        delivery.queueAgain(later);
        delivery.settle(FAILED, backoff, later);
        assertThat(delivery.state()).isEqualTo(DeliveryState.PENDING);
        assertThat(delivery.dueAt()).isEqualTo(later.plus(Duration.ofSeconds(5)));
        delivery.settle(ACCEPTED, backoff, later);
        assertThat(delivery.state()).isEqualTo(DeliveryState.DELIVERED);
    }

    @Test
    void whatIsRefusedForGoodIsNotTriedAgainUnlessSomebodyAsks() {
        Delivery delivery = delivery(Message.Type.Notification, Backoff.GIVE_UP_AFTER);
        delivery.settle(new Outcome.Rejected("550 no such user"), backoff, START);
        assertThat(delivery.state()).isEqualTo(DeliveryState.DEAD);

        delivery.queueAgain(START.plusSeconds(1));
        assertThat(delivery.state()).isEqualTo(DeliveryState.PENDING);
    }

    @Test
    void aFarewellForgetsItsSecretWhenItEnded() {
        Delivery delivery = delivery(Message.Type.UnsubscribeConfirmation, Duration.ZERO);
        assertThat(delivery.recipient()).isNotNull();
        delivery.settle(FAILED, backoff, START);
        assertThat(delivery.state()).isEqualTo(DeliveryState.DEAD);
        assertThat(delivery.recipient()).isNull();
    }

    private static Delivery delivery(Message.Type type, Duration giveUpAfter) {
        UUID id = UUID.randomUUID();
        Recipient recipient = new Recipient(
                UUID.randomUUID(), "ops", "https", "https://e.com/", new SealedKeys(new SealedSecret("v1:sealed")));
        Message message = Message.of(id.toString(), "ops", Message.Content.of(type, "s", "m"), START);
        return new Delivery(id, recipient, message, null, giveUpAfter, START);
    }
}
