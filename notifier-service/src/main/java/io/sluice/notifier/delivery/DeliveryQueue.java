package io.sluice.notifier.delivery;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.notifier.channel.Outcome;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The deliveries in the database. Whoever queues a message does so in the transaction that makes it true. */
@ApplicationScoped
public class DeliveryQueue {

    private static final Logger LOG = Logger.getLogger(DeliveryQueue.class);

    /** Longer than an attempt can take; then the instance that claimed it is taken for dead. */
    private static final Duration CLAIM = Duration.ofMinutes(1);

    /** What is due at the end of its time is not yet given up. */
    private static final Duration GRACE = Duration.ofHours(1);

    private final DeliveryRepository deliveries;
    private final AttemptRepository attempts;
    private final Event<Queued> queued;
    private final Clock clock;
    private final Backoff backoff = new Backoff(RandomGenerator.getDefault());

    @Inject
    DeliveryQueue(DeliveryRepository deliveries, AttemptRepository attempts, Event<Queued> queued, Clock clock) {
        this.deliveries = deliveries;
        this.attempts = attempts;
        this.queued = queued;
        this.clock = clock;
    }

    /** Told when the transaction that queued a message is committed. */
    record Queued() {}

    @Transactional(Transactional.TxType.MANDATORY)
    public void add(Recipient recipient, Message.Content content) {
        add(recipient, content, null, Backoff.GIVE_UP_AFTER);
    }

    /** @param confirmUrl sealed for the recipient's {@link Recipient#sealContext} */
    @Transactional(Transactional.TxType.MANDATORY)
    public void addConfirmation(Recipient recipient, Message.Content content, SealedSecret confirmUrl) {
        add(recipient, content, confirmUrl, Backoff.GIVE_UP_AFTER);
    }

    /** Whatever else waits for the recipient is given up; the farewell itself is tried once. */
    @Transactional(Transactional.TxType.MANDATORY)
    public void addFarewell(Recipient recipient, Message.Content content) {
        cancel(recipient.subscriptionId());
        add(recipient, content, null, Duration.ZERO);
    }

    /** Nothing more is sent to the subscription. An attempt that is under way ends. */
    @Transactional(Transactional.TxType.MANDATORY)
    public void cancel(UUID subscriptionId) {
        deliveries.cancel(subscriptionId, now());
    }

    private void add(
            Recipient recipient, Message.Content content, @Nullable SealedSecret confirmUrl, Duration giveUpAfter) {
        UUID id = UUID.randomUUID();
        Instant now = now();
        Message message = Message.of(id.toString(), recipient.topic(), content, now);
        deliveries.persist(new Delivery(id, recipient, message, confirmUrl, giveUpAfter, now));
        queued.fire(new Queued());
    }

    /** The deliveries that still wait for the subscription are signed with these secrets. */
    @Transactional(Transactional.TxType.MANDATORY)
    public void rekey(UUID subscriptionId, SealedKeys keys) {
        deliveries.lockSendable(subscriptionId).forEach(delivery -> delivery.take(keys));
    }

    /** How many confirmations an address was sent since then. */
    @Transactional(Transactional.TxType.MANDATORY)
    public long countConfirmations(String endpoint, Instant since) {
        return deliveries.countConfirmations(endpoint, since);
    }

    /**
     * Seals what some deliveries hold again.
     *
     * @param after go on behind this delivery
     * @return the last one that was looked at; empty when there was none left
     */
    @Transactional
    public OptionalLong reseal(long after, int limit, BiFunction<String, SealedSecret, SealedSecret> seal) {
        List<Delivery> page = deliveries.lockSealedAfter(after, limit);
        for (Delivery delivery : page) {
            String context = Recipient.sealContext(delivery.subscriptionId());
            delivery.reseal(secret -> seal.apply(context, secret));
        }
        return page.stream().mapToLong(Delivery::seq).max();
    }

    /** @param room how many each lane may have at most */
    @Transactional
    List<Claim> claim(Map<Lane, Integer> room) {
        deliveries.lockForClaiming();
        Instant now = now();
        Map<Long, Lane> lanes = deliveries.findDue(now, room).stream()
                .collect(Collectors.toMap(DeliveryRepository.Due::seq, DeliveryRepository.Due::lane));
        List<Claim> claims = new ArrayList<>();
        for (Delivery delivery :
                lanes.isEmpty() ? List.<Delivery>of() : deliveries.lockPending(List.copyOf(lanes.keySet()))) {
            Recipient recipient = delivery.recipient();
            Lane lane = lanes.get(delivery.seq());
            if (recipient != null && lane != null) {
                delivery.claim(now.plus(CLAIM));
                claims.add(new Claim(
                        delivery.id(), delivery.claims(), lane, recipient, delivery.message(), delivery.confirmUrl()));
            }
        }
        return claims;
    }

    /** Records an attempt, unless another instance has taken the delivery over in the meantime. */
    @Transactional
    void settle(Claim claim, Instant attemptedAt, Outcome outcome) {
        Optional<Delivery> found =
                deliveries.lock(claim.deliveryId()).filter(delivery -> delivery.claims() == claim.number());
        found.ifPresent(delivery -> {
            attempts.persist(new Attempt(delivery.seq(), attemptedAt, outcome));
            delivery.settle(outcome, backoff, now());
            if (delivery.state() == DeliveryState.DEAD && !delivery.isFarewell()) {
                LOG.warnf(
                        "Delivery %s to subscription %s of topic %s is given up",
                        delivery.id(), delivery.subscriptionId(), delivery.topic());
            }
        });
    }

    @Transactional
    DeliveryView redeliver(UUID id) {
        Delivery delivery = deliveries
                .lock(id)
                .orElseThrow(() -> new SluiceException(ErrorCode.NOT_FOUND, "There is no delivery " + id + "."));
        if (delivery.recipient() == null) {
            throw new SluiceException(
                    ErrorCode.NOT_FOUND,
                    "Delivery " + id
                            + " cannot be sent again: its subscription was deleted, or a newer link replaced it.");
        }
        if (delivery.isConfirmationDelivered()) {
            throw new SluiceException(
                    ErrorCode.TOO_MANY_CONFIRMATIONS,
                    "Delivery " + id
                            + " is a confirmation that has arrived. Another is sent with POST …/subscriptions/{id}"
                            + "/resend, which counts how many an address gets.");
        }
        delivery.queueAgain(now());
        queued.fire(new Queued());
        return views(List.of(delivery)).getFirst();
    }

    @Transactional
    Page<DeliveryView> list(@Nullable String topic, @Nullable DeliveryState state, PageRequest request) {
        List<Delivery> found = deliveries.findPage(topic, state, before(request), request.fetchSize());
        Page<Delivery> page = Page.of(request, found, delivery -> Long.toString(delivery.seq()));
        return new Page<>(views(page.items()), page.nextCursor());
    }

    @Transactional
    Map<DeliveryState, Long> countByState() {
        return deliveries.countByState();
    }

    /** How long the delivery that waits longest has waited. */
    @Transactional
    Duration oldestPendingAge() {
        return deliveries
                .oldestPending()
                .map(created -> Duration.between(created, now()))
                .filter(age -> !age.isNegative())
                .orElse(Duration.ZERO);
    }

    @Transactional
    int expireUnsent() {
        return deliveries.expireUnsent(now().minus(GRACE));
    }

    @Transactional
    long deleteEndedBefore(Instant time) {
        return deliveries.deleteEndedBefore(time);
    }

    private List<DeliveryView> views(List<Delivery> found) {
        Map<Long, List<Attempt.View>> made = attempts.findOf(found);
        return found.stream()
                .map(delivery -> DeliveryView.of(delivery, made.getOrDefault(delivery.seq(), List.of())))
                .toList();
    }

    private static long before(PageRequest request) {
        if (request.after() == null) {
            return Long.MAX_VALUE;
        }
        try {
            return Long.parseLong(request.after());
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /** As the database keeps times. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
