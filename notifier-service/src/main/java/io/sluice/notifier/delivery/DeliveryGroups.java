package io.sluice.notifier.delivery;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Tells many alerts of one subscription in one message, so that a storm neither buries its reader nor takes hours to
 * tell. What was sent once, and may have arrived, stays as it is, with its id.
 */
@ApplicationScoped
class DeliveryGroups {

    private static final int LARGEST = 100;

    /** Roughly, of the messages that are grouped; receivers bound what they take. */
    private static final int CHARACTERS = 200_000;

    private final DeliveryRepository deliveries;
    private final DeliveryConfig config;
    private final Clock clock;

    @Inject
    DeliveryGroups(DeliveryRepository deliveries, DeliveryConfig config, Clock clock) {
        this.deliveries = deliveries;
        this.config = config;
        this.clock = clock;
    }

    /** One group for each subscription for which many wait; the next when that one is through. */
    @Transactional
    void gather() {
        List<UUID> crowded = deliveries.findCrowded(config.groupFrom());
        if (crowded.isEmpty()) {
            return;
        }
        deliveries.lockForClaiming();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        crowded.forEach(subscription -> group(deliveries.lockGroupable(subscription, LARGEST), now));
    }

    private void group(List<Delivery> waiting, Instant now) {
        List<Delivery> members = fitting(waiting);
        Recipient recipient = members.isEmpty() ? null : members.getFirst().recipient();
        if (members.size() < 2 || recipient == null) {
            return;
        }
        UUID id = UUID.randomUUID();
        Message message = Message.grouping(
                id.toString(),
                recipient.topic(),
                members.stream().map(Delivery::message).toList(),
                now);
        deliveries.persist(new Delivery(id, recipient, message, null, Backoff.GIVE_UP_AFTER, now));
        members.forEach(member -> member.joinGroup(id, now));
    }

    private static List<Delivery> fitting(List<Delivery> waiting) {
        List<Delivery> members = new ArrayList<>();
        int characters = 0;
        for (Delivery each : waiting) {
            characters += each.size();
            if (characters > CHARACTERS && !members.isEmpty()) {
                break;
            }
            members.add(each);
        }
        return members;
    }
}
