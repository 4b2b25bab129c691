package io.sluice.capture.engine;

import io.debezium.embedded.Connect;
import io.debezium.embedded.async.ConvertingAsyncEngineBuilderFactory;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.Connections;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.source.SourceRecord;
import org.jboss.logging.Logger;

/**
 * One run of the engine over one slot: fills chunks, and tells the source what it may forget. Thread-safe.
 *
 * <p>Closing takes less than five seconds whatever the source or the network does, and leaves no thread and no connection.
 */
public final class ChangeStream implements AutoCloseable {

    /** Key and value together, in bytes. Below the topic's limit by what a batch adds, compression at its worst. */
    public static final int LARGEST_RECORD = 16_000_000;

    private static final Logger LOG = Logger.getLogger(ChangeStream.class);
    private static final Duration ORDERLY_END = Duration.ofMillis(2_500);
    private static final Duration FORCED_END = Duration.ofMillis(500);

    private final StreamSession session;
    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private final Thread thread;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    public ChangeStream(Connections source, StreamSpec spec, ChunkExchange exchange) {
        session = new StreamSession(source, spec, exchange);
        engine = new ConvertingAsyncEngineBuilderFactory()
                .builder(ChangeEventFormat.of(Connect.class))
                .using(DebeziumKeys.engine(session))
                .using(ChangeStream.class.getClassLoader())
                .using(this::completed)
                .notifying(new Handover(exchange))
                .build();
        thread = Thread.ofPlatform().name("engine-" + spec.taskId()).unstarted(engine);
    }

    public void start() {
        session.open();
        thread.start();
    }

    /** Done when changes stream; failed with a {@link SluiceException} when they could not. */
    public CompletableFuture<Void> streaming() {
        return session.streaming;
    }

    /** Failed with a {@link SluiceException} when the stream broke; done when it was closed. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** The source may forget what is before this position. It is told within a fraction of a second. */
    public void confirm(Lsn lsn) {
        session.confirm(lsn);
    }

    /**
     * Leaves a heartbeat in the stream as soon as that has come to the position, for a server that passes no messages on;
     * nothing happens while an earlier one is on its way.
     */
    public void beat(Lsn lsn, long sourceMillis, long aheadMillis) {
        session.beat(new StreamSession.Beat(lsn, sourceMillis, aheadMillis));
    }

    private void completed(boolean success, String message, Throwable error) {
        if (session.stopping() || success && error == null) {
            SluiceException closed = new SluiceException(ErrorCode.CONNECTION_LOST, "The stream was closed.");
            session.streaming.completeExceptionally(closed);
            ended.complete(null);
            return;
        }
        SluiceException explained = StreamErrors.explain(error == null ? new IllegalStateException(message) : error);
        session.streaming.completeExceptionally(explained);
        ended.completeExceptionally(explained);
    }

    @Override
    public void close() {
        session.stop();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!ended.isDone() && thread.isAlive()) {
                closeEngine();
            }
            if (!thread.join(ORDERLY_END)) {
                LOG.warnf("Engine did not end in order, cutting its connections: task=%s", session.spec.taskId());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            session.cutConnections();
            session.close();
        }
        try {
            if (!thread.join(FORCED_END)) {
                LOG.errorf("Engine thread did not end: task=%s", session.spec.taskId());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On a thread of its own, since it waits for the task's threads without a limit that would suit us. */
    private void closeEngine() {
        Thread.ofVirtual().name("engine-end-" + session.spec.taskId()).start(() -> {
            // The engine refuses to be closed while its task starts.
            while (thread.isAlive()) {
                try {
                    engine.close();
                    return;
                } catch (IllegalStateException | IOException e) {
                    LOG.debugf(e, "Engine not closed yet: task=%s", session.spec.taskId());
                }
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        });
    }

    /** Passes chunks on in the engine's own thread, which so waits when the publisher is slow. */
    private record Handover(ChunkExchange exchange) implements ChangeConsumer<RecordChangeEvent<SourceRecord>> {

        @Override
        public void handleBatch(
                List<RecordChangeEvent<SourceRecord>> records,
                RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                throws InterruptedException {
            for (RecordChangeEvent<SourceRecord> record : records) {
                exchange.hand((Chunk) record.record().value());
            }
        }
    }
}
