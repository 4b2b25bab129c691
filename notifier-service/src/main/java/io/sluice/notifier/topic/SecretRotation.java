package io.sluice.notifier.topic;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.notifier.delivery.DeliveryQueue;
import io.sluice.notifier.delivery.Recipient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** Brings every stored secret under the key that seals now, some rows at a time. */
@ApplicationScoped
public class SecretRotation {

    private static final int BATCH = 200;

    private final SubscriptionRepository subscriptions;
    private final DeliveryQueue queue;
    private final SecretSeal seal;

    @Inject
    SecretRotation(SubscriptionRepository subscriptions, DeliveryQueue queue, SecretSeal seal) {
        this.subscriptions = subscriptions;
        this.queue = queue;
        this.seal = seal;
    }

    /**
     * @param subscriptions that were looked at
     * @param reencrypted whose secrets were sealed again; the others were current
     * @param unreadable that cannot be opened, since their key is not among the master keys
     */
    record Page(int subscriptions, int reencrypted, List<UUID> unreadable, long last) {}

    /** @param after go on behind this one */
    @Transactional
    Page resealSubscriptions(long after) {
        int again = 0;
        long last = after;
        List<UUID> unreadable = new ArrayList<>();
        List<Subscription> page = subscriptions.lockAfter(after, BATCH);
        for (Subscription subscription : page) {
            last = subscription.seq();
            boolean current = seal.isCurrent(subscription.secret());
            String context = Recipient.sealContext(subscription.id());
            try {
                seal.open(context, subscription.secret());
                subscription.reseal(secret -> resealed(context, secret));
                again += current ? 0 : 1;
            } catch (SluiceException e) {
                unreadable.add(subscription.id());
            }
        }
        return new Page(page.size(), again, unreadable, last);
    }

    /** What waits, and what could be sent again; what cannot be opened any more stays as it is. */
    OptionalLong resealDeliveries(long after) {
        return queue.reseal(after, BATCH, this::resealed);
    }

    private SealedSecret resealed(String context, SealedSecret sealed) {
        if (seal.isCurrent(sealed)) {
            return sealed;
        }
        try {
            return seal.reseal(context, sealed);
        } catch (SluiceException unreadable) {
            return sealed;
        }
    }
}
