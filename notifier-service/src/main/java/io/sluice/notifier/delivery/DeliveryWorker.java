package io.sluice.notifier.delivery;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.notifier.channel.Outcome;
import io.sluice.notifier.channel.WebhookChannel;
import io.sluice.notifier.channel.WebhookEndpoint;
import io.sluice.notifier.channel.WebhookMessage;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Sends what is due: woken by whoever queues a message, and once a second for what comes due by itself. One thread claims, a bounded
 * number of threads sends. They are platform threads, as the system's name look-ups would hold the few carriers of virtual ones.
 */
@ApplicationScoped
public class DeliveryWorker {

    private static final Logger LOG = Logger.getLogger(DeliveryWorker.class);
    private static final long POLL_MILLIS = 1000;
    private static final long PAUSE_AFTER_FAILURE_MILLIS = 5000;
    private static final long STOP_SECONDS = 8;

    private final DeliveryQueue queue;
    private final WebhookChannel channel;
    private final SecretSeal seal;
    private final Clock clock;
    private final Semaphore wakes = new Semaphore(0);
    private final Semaphore free;
    private final ExecutorService senders;
    private final Thread dispatcher;

    @Inject
    DeliveryWorker(DeliveryQueue queue, WebhookChannel channel, SecretSeal seal, DeliveryConfig config, Clock clock) {
        this.queue = queue;
        this.channel = channel;
        this.seal = seal;
        this.clock = clock;
        this.free = new Semaphore(config.concurrency());
        this.senders = Executors.newCachedThreadPool(
                Thread.ofPlatform().name("delivery-", 0).factory());
        this.dispatcher = Thread.ofPlatform().name("delivery-dispatcher").unstarted(this::dispatch);
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
                sendDue();
            } catch (InterruptedException stopped) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("Due deliveries could not be read; the next try is in 5 s", e);
                pause();
            }
        }
    }

    private void sendDue() throws InterruptedException {
        int room = free.availablePermits();
        if (room == 0) {
            return;
        }
        for (Claim claim : queue.claim(room)) {
            free.acquire();
            senders.execute(() -> attempt(claim));
        }
    }

    private void attempt(Claim claim) {
        try {
            Instant at = clock.instant();
            queue.settle(claim, at, send(claim));
        } catch (RuntimeException e) {
            LOG.warnf(
                    e,
                    "The outcome of delivery %s could not be stored; it is sent again, with the same id",
                    claim.deliveryId());
        } finally {
            free.release();
            wakes.release();
        }
    }

    private Outcome send(Claim claim) {
        Recipient recipient = claim.recipient();
        String context = Recipient.sealContext(recipient.subscriptionId());
        try {
            Message message = claim.confirmUrl() == null
                    ? claim.message()
                    : claim.message()
                            .withConfirmUrl(
                                    seal.open(context, claim.confirmUrl()).reveal());
            return channel.send(new WebhookMessage(
                    message.id(),
                    new WebhookEndpoint(URI.create(recipient.endpoint())),
                    seal.open(context, recipient.secret()),
                    Json.write(message)));
        } catch (SluiceException e) {
            return new Outcome.Failed(String.valueOf(e.getMessage()));
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
