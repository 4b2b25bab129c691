package io.sluice.placement;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.Json;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends reports to {@code sluice.reports} in order, from one thread. The queue is bounded: a position is dropped when it
 * is full, since a newer one follows; every other fact waits for room.
 */
@ApplicationScoped
class KafkaReports implements Reports {

    private static final Logger LOG = Logger.getLogger(KafkaReports.class);
    private static final int MOST_WAITING = 2_000;
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

    private final MutinyEmitter<Record<String, String>> emitter;
    private final String instance;
    private final LinkedBlockingQueue<TaskReport> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private volatile boolean stopped;
    private @Nullable Thread sender;

    @Inject
    KafkaReports(@Channel("reports") MutinyEmitter<Record<String, String>> emitter) {
        this.emitter = emitter;
        this.instance = hostName() + "/" + ProcessHandle.current().pid();
    }

    void start(@Observes StartupEvent event) {
        sender = Thread.ofVirtual().name("reports").start(this::sendAll);
    }

    void stop(@Observes ShutdownEvent event) {
        stopped = true;
        if (sender != null) {
            sender.interrupt();
        }
    }

    @Override
    public void send(TaskReport report) {
        if (report.fact() instanceof Fact.CapturePosition || report.fact() instanceof Fact.ApplyPosition) {
            boolean unusedWhenFull = waiting.offer(report);
            LOG.tracef("Position queued: %s", unusedWhenFull);
            return;
        }
        try {
            waiting.put(report);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String instance() {
        return instance;
    }

    private void sendAll() {
        try {
            while (!stopped) {
                TaskReport report = waiting.take();
                while (!stopped && !sent(report)) {
                    Thread.sleep(Duration.ofSeconds(1));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean sent(TaskReport report) {
        try {
            emitter.send(Record.of(report.taskId(), Json.write(report))).await().atMost(SEND_TIMEOUT);
            return true;
        } catch (RuntimeException e) {
            LOG.warnf("Report not sent, will be sent again: task=%s cause=%s", report.taskId(), e);
            return false;
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
