package io.sluice.capture;

import io.sluice.capture.engine.ChangeStream;
import io.sluice.capture.engine.ChunkExchange;
import io.sluice.capture.engine.StreamSpec;
import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.publish.PublishListener.Committed;
import io.sluice.capture.publish.Publisher;
import io.sluice.capture.slot.Publication;
import io.sluice.capture.slot.ReplicationSlot;
import io.sluice.capture.slot.SlotCheck;
import io.sluice.capture.slot.SourceWatch;
import io.sluice.capture.slot.TopicEnd;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Captures the changes of one task until it is stopped or something breaks. Holds no state beyond a run: where it goes on
 * is read from the change topic and the slot.
 */
public final class CaptureRun {

    private static final Logger LOG = Logger.getLogger(CaptureRun.class);

    private final String taskId;
    private final Endpoint source;
    private final Credentials credentials;
    private final List<TableName> tables;
    private final CaptureSettings settings;
    private final CaptureMeter meter;
    private final Clock clock;
    private volatile boolean captured;

    public CaptureRun(
            String taskId,
            Endpoint source,
            Credentials credentials,
            List<TableName> tables,
            CaptureSettings settings,
            CaptureMeter meter,
            Clock clock) {
        this.taskId = taskId;
        this.source = source;
        this.credentials = credentials;
        this.tables = List.copyOf(tables);
        this.settings = settings;
        this.meter = meter;
        this.clock = clock;
    }

    /** Changes have streamed. */
    boolean hasCaptured() {
        return captured;
    }

    /** How a run ended without an error. */
    public enum Outcome {
        STOPPED,
        /** Another producer has the task, or Kafka took this one for dead: to be run again if the task is still ours. */
        FENCED
    }

    /** @throws SluiceException whatever went wrong; to be run again, from scratch, when its code says so */
    public Outcome run(RunContext context) throws InterruptedException {
        return run(context, false);
    }

    /** @param begun the task was captured before: slot, publication and topic must be there, and are never made again */
    public Outcome run(RunContext context, boolean begun) throws InterruptedException {
        try (Connections connections = new Connections("source", source, credentials, "sluice-capture");
                Connection metadata = connections.open()) {
            return run(context, begun, connections, metadata);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "closing the connection to the source");
        } catch (Publisher.Fenced e) {
            LOG.infof("Another instance owns the task: task=%s", taskId);
            return Outcome.FENCED;
        }
    }

    private Outcome run(RunContext context, boolean begun, Connections connections, Connection metadata)
            throws InterruptedException {
        ChangeTopic topic = new ChangeTopic(settings.kafka(), taskId);
        long retentionMillis = begun ? topic.require() : topic.ensure(settings.topicRetention());
        Progress progress = new Progress(context);
        try (Publisher publisher = new Publisher(settings.kafka(), taskId, settings.limits(), progress::committed)) {
            publisher.takeOver();
            TopicEnd end = topic.end();
            Publication publication = new Publication(metadata, taskId);
            ReplicationSlot slot = new ReplicationSlot(metadata, taskId);
            SlotCheck check = new SlotCheck(metadata, source.database(), publication, slot);
            SlotCheck.Ready ready = prepare(context, begun, check, slot, end);
            if (context.stopping()) {
                return Outcome.STOPPED;
            }
            if (ready.firstStart()) {
                publisher.publishStart(source.database(), ready.start(), ready.sourceMillis(), clock.millis());
                publication.markBegun();
            }
            ChunkExchange exchange = new ChunkExchange();
            StreamSpec spec = new StreamSpec(taskId, slot.name(), Topics.publication(taskId), ready.start());
            try (ChangeStream stream = new ChangeStream(connections, spec, exchange)) {
                progress.lag = new CaptureLag(clock, end.captured() == null ? ready.start() : end.captured());
                progress.stream = stream;
                stream.start();
                publisher.start(exchange, end.last());
                SourceWatch watch = new SourceWatch(metadata, taskId, check, publication, slot, ready.publicationOid());
                return follow(context, progress, publisher, stream, watch, retentionMillis);
            }
        }
    }

    /** Making a slot waits for the source's open transactions, however long those take: a stop must reach it. */
    private SlotCheck.Ready prepare(
            RunContext context, boolean begun, SlotCheck check, ReplicationSlot slot, TopicEnd end)
            throws InterruptedException {
        RunContext.Handle cancelling = context.onStop(slot::cancel);
        try {
            return check.prepare(tables, end, begun);
        } catch (SluiceException e) {
            if (context.stopping()) {
                throw new SluiceException(ErrorCode.CONNECTION_LOST, "stopped while it started", e);
            }
            throw e;
        } finally {
            cancelling.close();
        }
    }

    private Outcome follow(
            RunContext context,
            Progress progress,
            Publisher publisher,
            ChangeStream stream,
            SourceWatch watch,
            long retentionMillis)
            throws InterruptedException {
        CompletableFuture<Object> stop = new CompletableFuture<>();
        CompletableFuture<Object> over = CompletableFuture.anyOf(stop, publisher.ended(), stream.ended());
        RunContext.Handle stopping = context.onStop(() -> stop.complete(true));
        try {
            CompletableFuture<Object> begun = CompletableFuture.anyOf(over, stream.streaming());
            await(begun, Long.MAX_VALUE);
            if (!context.stopping()) {
                LOG.infof("Capturing: task=%s tables=%d", taskId, tables.size());
                captured = true;
                context.report(new Fact.StepReached(Fact.Step.CAPTURING));
            }
            long interval = settings.heartbeatInterval().toMillis();
            while (!context.stopping()) {
                look(context, progress.lag, watch, retentionMillis);
                if (await(over, interval)) {
                    break;
                }
            }
        } finally {
            stopping.close();
        }
        LOG.infof("Capture stopped: task=%s captured=%s", taskId, progress.lag.captured());
        return Outcome.STOPPED;
    }

    private void look(RunContext context, CaptureLag lag, SourceWatch watch, long retentionMillis) {
        long before = clock.millis();
        SourceWatch.Look look = watch.look();
        lag.looked(look.sourceMillis(), before, clock.millis());
        if (look.beating()) {
            lag.beat(look.sourceMillis());
        }
        meter.looked(lag.millis(), look.retainedBytes());
        context.report(new Fact.CapturePosition(
                look.endLsn().toString(),
                lag.captured().toString(),
                lag.millis(),
                look.retainedBytes(),
                look.walStatus(),
                retentionMillis));
    }

    /** Returns true when it is done, false when the time is over first. */
    private static boolean await(CompletableFuture<Object> future, long millis) throws InterruptedException {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SluiceException known) {
                throw known;
            }
            if (e.getCause() instanceof Publisher.Fenced fenced) {
                throw fenced;
            }
            throw new SluiceException(ErrorCode.INTERNAL, "Capture broke: " + e.getCause(), e.getCause());
        }
    }

    /** What follows from a commit on Kafka. */
    private final class Progress {

        private final RunContext context;
        private volatile CaptureLag lag = new CaptureLag(clock, Lsn.ZERO);
        private volatile @Nullable ChangeStream stream;

        Progress(RunContext context) {
            this.context = context;
        }

        void committed(Committed committed) {
            ChangeStream confirming = stream;
            if (confirming != null && committed.safe() != null) {
                confirming.confirm(committed.safe());
            }
            lag.committed(committed);
            meter.extracted(committed.changes(), committed.bytes());
            context.progressed();
        }
    }
}
