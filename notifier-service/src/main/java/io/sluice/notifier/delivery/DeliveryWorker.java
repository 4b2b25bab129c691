package io.sluice.notifier.delivery;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Sends what is due: woken by whoever queues a message, and once a second for what comes due by itself. One thread
 * claims, a bounded number of threads sends, each lane its own. They are platform threads, as the system's name look-ups
 * would hold the few carriers of virtual ones.
 */
@ApplicationScoped
public class DeliveryWorker {

    private static final Logger LOG = Logger.getLogger(DeliveryWorker.class);
    private static final long POLL_MILLIS = 1000;

    /** At least so long between two looks into the queue, and as long as a look takes: in a storm each finds many. */
    private static final long BREATH_MILLIS = 25;

    private static final long PAUSE_AFTER_FAILURE_MILLIS = 5000;
    private static final long STOP_SECONDS = 8;

    private final DeliveryQueue queue;
    private final DeliveryGroups groups;
    private final DeliverySender sender;
    private final Clock clock;
    private final Semaphore wakes = new Semaphore(0);
    private final Map<Lane, Semaphore> free = new EnumMap<>(Lane.class);
    private final ExecutorService senders;
    private final Thread dispatcher;
    private long groupedAt = System.nanoTime();

    @Inject
    DeliveryWorker(
            DeliveryQueue queue, DeliveryGroups groups, DeliverySender sender, DeliveryConfig config, Clock clock) {
        this.queue = queue;
        this.groups = groups;
        this.sender = sender;
        this.clock = clock;
        for (Lane lane : Lane.values()) {
            free.put(lane, new Semaphore(width(lane, config)));
        }
        this.senders = Executors.newCachedThreadPool(
                Thread.ofPlatform().name("delivery-", 0).factory());
        this.dispatcher = Thread.ofPlatform().name("delivery-dispatcher").unstarted(this::dispatch);
    }

    private static int width(Lane lane, DeliveryConfig config) {
        return switch (lane) {
            case WEBHOOK -> config.concurrency();
            case TROUBLED -> Math.max(1, config.concurrency() / 4);
            case MAIL -> config.mailConcurrency();
        };
    }

    void start(@Observes StartupEvent started) {
        dispatcher.start();
    }

    /** Attempts under way may end, so that their outcome is known. */
    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        dispatcher.interrupt();
        dispatcher.join();
        senders.shutdown();
        if (!senders.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            senders.shutdownNow();
        }
    }

    void wake(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeliveryQueue.Queued queued) {
        wakes.release();
    }

    private void dispatch() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                if (wakes.tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    wakes.drainPermits();
                }
                groupDue();
                long began = System.nanoTime();
                sendDue();
                Thread.sleep(Math.max(BREATH_MILLIS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
            } catch (InterruptedException stopped) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("Due deliveries could not be read; the next try is in 5 s", e);
                pause();
            }
        }
    }

    /** Before anything is claimed, so that a storm is grouped and not begun one by one; but no more than once a second. */
    private void groupDue() {
        long now = System.nanoTime();
        if (now - groupedAt >= TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS)) {
            groups.gather();
            groupedAt = now;
        }
    }

    private void sendDue() {
        Map<Lane, Integer> room = new EnumMap<>(Lane.class);
        free.forEach((lane, permits) -> room.put(lane, permits.drainPermits()));
        try {
            if (room.values().stream().anyMatch(permits -> permits > 0)) {
                for (Claim claim : queue.claim(room)) {
                    senders.execute(() -> attempt(claim));
                    room.merge(claim.lane(), -1, Integer::sum);
                }
            }
        } finally {
            room.forEach(this::release);
        }
    }

    private void attempt(Claim claim) {
        try {
            Instant at = clock.instant();
            queue.settle(claim, at, sender.send(claim));
        } catch (RuntimeException e) {
            LOG.warnf(
                    e,
                    "The outcome of delivery %s could not be stored; it is sent again, with the same id",
                    claim.deliveryId());
        } finally {
            release(claim.lane(), 1);
            wakes.release();
        }
    }

    private void release(Lane lane, int permits) {
        Semaphore room = free.get(lane);
        if (room != null) {
            room.release(permits);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE_MILLIS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
