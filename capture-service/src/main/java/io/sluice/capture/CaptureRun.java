package io.sluice.capture;

import io.sluice.capture.ddl.DdlCapture;
import io.sluice.capture.engine.ChangeStream;
import io.sluice.capture.engine.ChunkExchange;
import io.sluice.capture.engine.StreamSpec;
import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.publish.PublishListener.Committed;
import io.sluice.capture.publish.Publisher;
import io.sluice.capture.slot.FollowedTables;
import io.sluice.capture.slot.GivenPublication;
import io.sluice.capture.slot.Publication;
import io.sluice.capture.slot.PublicationState;
import io.sluice.capture.slot.ReplicationSlot;
import io.sluice.capture.slot.Selection;
import io.sluice.capture.slot.SlotCheck;
import io.sluice.capture.slot.SourceWatch;
import io.sluice.capture.slot.TopicEnd;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.StartPoint;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private static final Duration LOGIN = Duration.ofSeconds(20);

    private final String taskId;
    private final Endpoint source;
    private final Credentials credentials;
    private final Selection selection;
    private final boolean ddl;
    private final @Nullable StartPoint from;
    private final CaptureSettings settings;
    private final CaptureMeter meter;
    private final Clock clock;
    private volatile boolean captured;

    /**
     * @param ddl commands that change the source's structure are captured, too
     * @param from where to begin at the first start; null for now
     */
    public CaptureRun(
            String taskId,
            Endpoint source,
            Credentials credentials,
            Selection selection,
            boolean ddl,
            @Nullable StartPoint from,
            CaptureSettings settings,
            CaptureMeter meter,
            Clock clock) {
        this.taskId = taskId;
        this.source = source;
        this.credentials = credentials;
        this.selection = selection;
        this.ddl = ddl;
        this.from = from;
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
                Connection metadata = connections.openWritable(LOGIN)) {
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
        ChangeTopic.Settings kept = begun ? topic.require() : topic.ensure(settings.topicRetention());
        Progress progress = new Progress(context);
        try (Publisher publisher = new Publisher(settings.kafka(), taskId, settings.limits(), progress::committed)) {
            publisher.takeOver();
            TopicEnd end = topic.end();
            publisher.continueAt(end.next());
            Publication publication = new Publication(metadata, taskId);
            publication.writesTo(kept.id());
            ReplicationSlot slot = new ReplicationSlot(metadata, taskId);
            SlotCheck check =
                    new SlotCheck(metadata, connections::openReplication, source.database(), publication, slot, taskId);
            DdlCapture commands = new DdlCapture(metadata, taskId);
            // What is installed stays until the task ends, also when the user wants no DDL any more: the numbers
            // within a transaction must be the same when it is sent again.
            boolean follows = commands.possible() && (ddl || commands.installed());
            PublicationState noted = publication.find();
            DdlCapture.Told told = follows ? commands.told(selection.renames()) : DdlCapture.Told.NOTHING;
            // Another one may have the name of one that was dropped: it is meant only where it is to be loaded anew.
            List<TableName> wanted = selection.tables().stream()
                    .filter(table -> !told.dropped().contains(table)
                            || noted != null && selection.isCopiedSince(table, noted.selection()))
                    .toList();
            FollowedTables followed = FollowedTables.read(metadata, wanted, told.oids());
            // A table that was captured and then dropped has no more changes, and one of a task that loads all
            // tables once more is named by apply; one that was never there is an error.
            boolean goesOn = begun
                    || noted != null && noted.begun()
                    || !selection.loads().isEmpty();
            List<TableName> present = follows || goesOn ? followed.names() : selection.tables();
            if (!followed.gone().isEmpty()) {
                LOG.warnf("Tables are not at the source: task=%s tables=%s", taskId, followed.gone());
            }
            // Before the slot is made, so that no command comes between.
            String ddlSecret = follows ? commands.ensure(present, selection.renames()) : null;
            Map<Integer, Set<TableName>> names = follows ? commands.names() : Map.of();
            GivenPublication given = from == null ? null : new GivenPublication(metadata, from.publication());
            long givenOid = 0;
            if (given != null) {
                if (noted != null && noted.begun()) {
                    publication.requireNoGap(selection.number(), given.replaced(noted.streamed()));
                    publication.requireNoGap(
                            selection.number(),
                            given.uncovered(present.stream()
                                    .filter(table -> !selection.isCopiedSince(table, noted.selection()))
                                    .toList()));
                }
                givenOid = given.requireCovers(present);
                publication.streams(givenOid);
            }
            SlotCheck.Ready ready =
                    prepare(context, present, followed, followed.renamed(names), begun, check, slot, end, topic);
            if (end.doubt() != null) {
                throw end.doubt();
            }
            if (context.stopping()) {
                return Outcome.STOPPED;
            }
            if (ready.firstStart()) {
                publisher.publishStart(source.database(), ready.start(), ready.sourceMillis(), clock.millis());
                check.begun(ready, selection, followed);
            }
            ChunkExchange exchange = new ChunkExchange();
            StreamSpec spec = new StreamSpec(
                    taskId,
                    slot.name(),
                    given == null ? publication.name() : given.name(),
                    ready.start(),
                    ready.catalogXmin(),
                    followed.known(),
                    ddl ? names : Map.of(),
                    ddlSecret);
            try (ChangeStream stream = new ChangeStream(connections, spec, exchange)) {
                progress.lag = new CaptureLag(clock, end.captured() == null ? ready.start() : end.captured());
                progress.stream = stream;
                stream.start();
                publisher.start(exchange, end.last(), ready.lastComesAgain());
                long publicationOid = given == null ? ready.publicationOid() : givenOid;
                SourceWatch watch = new SourceWatch(
                        metadata,
                        taskId,
                        followed,
                        ddl && follows ? commands.mirror() : null,
                        selection.number(),
                        check,
                        publication,
                        given,
                        slot,
                        publicationOid);
                return follow(context, progress, publisher, stream, watch, kept.retentionMillis());
            }
        }
    }

    /** Making a slot waits for the source's open transactions, however long those take: a stop must reach it. */
    private SlotCheck.Ready prepare(
            RunContext context,
            List<TableName> present,
            FollowedTables followed,
            Set<TableName> told,
            boolean begun,
            SlotCheck check,
            ReplicationSlot slot,
            TopicEnd end,
            ChangeTopic topic)
            throws InterruptedException {
        RunContext.Handle cancelling = context.onStop(slot::cancel);
        try {
            return check.prepare(selection, present, followed, told, end, topic::end, begun, from);
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
                LOG.infof(
                        "Capturing: task=%s tables=%d",
                        taskId, selection.tables().size());
                captured = true;
                context.report(new Fact.StepReached(Fact.Step.CAPTURING));
            }
            long interval = settings.heartbeatInterval().toMillis();
            while (!context.stopping()) {
                look(context, progress.lag, watch, stream, retentionMillis);
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

    private void look(
            RunContext context, CaptureLag lag, SourceWatch watch, ChangeStream stream, long retentionMillis) {
        long before = clock.millis();
        SourceWatch.Look look = watch.look(before);
        lag.looked(look.sourceMillis(), before, clock.millis());
        lag.beat(look.sourceMillis());
        if (!look.passedOn()) {
            stream.beat(look.heartbeat(), look.sourceMillis(), look.sourceMillis() - before);
        }
        meter.looked(lag.millis(), look.retainedBytes());
        context.report(new Fact.CapturePosition(
                look.endLsn().toString(),
                lag.captured().toString(),
                lag.millis(),
                look.retainedBytes(),
                look.walStatus(),
                retentionMillis,
                look.retainableBytes()));
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
