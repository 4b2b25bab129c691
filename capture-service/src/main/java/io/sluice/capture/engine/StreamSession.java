package io.sluice.capture.engine;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Endpoint;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What one run of the engine needs and strings cannot carry. The engine makes its connector, task and connections by
 * class name and hands them text only; they find the rest here, by the session's id. So no credential goes into the
 * engine's configuration either. Thread-safe.
 */
final class StreamSession {

    private static final Logger LOG = Logger.getLogger(StreamSession.class);
    private static final Map<String, StreamSession> OPEN = new ConcurrentHashMap<>();

    final String id = UUID.randomUUID().toString();
    final Connections source;
    final StreamSpec spec;
    final ChunkExchange exchange;
    final ProtocolTap tap;

    /** Done when changes stream. */
    final CompletableFuture<Void> streaming = new CompletableFuture<>();

    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable Beat> beat = new AtomicReference<>();
    private volatile Lsn confirmed = Lsn.ZERO;
    private volatile boolean stopping;

    StreamSession(Connections source, StreamSpec spec, ChunkExchange exchange) {
        this.source = source;
        this.spec = spec;
        this.exchange = exchange;
        this.tap = new ProtocolTap(ChangeStream.LARGEST_RECORD, spec.tables(), spec.names());
    }

    /** From here on the engine's parts find it. */
    void open() {
        OPEN.put(id, this);
    }

    /** @throws SluiceException {@code INTERNAL} when it was closed already */
    static StreamSession load(String id) {
        StreamSession session = OPEN.get(id);
        if (session == null) {
            throw new SluiceException(ErrorCode.INTERNAL, "the capture run has ended already");
        }
        return session;
    }

    Endpoint endpoint() {
        return source.endpoint();
    }

    /** Remembers a connection, so that it can be cut off whatever the engine does. */
    void opened(Connection connection) {
        connections.add(connection);
    }

    /** A heartbeat that the server does not pass on: it stands there in its log, from when its clock said that. */
    record Beat(Lsn lsn, long sourceMillis, long aheadMillis) {}

    /** Kept until the stream has come that far. */
    void beat(Beat wanted) {
        beat.compareAndSet(null, wanted);
    }

    /**
     * @param sent everything that was committed before it has been read
     * @return the beat that is due; null when there is none
     */
    @Nullable
    Beat takeBeat(Lsn sent) {
        Beat wanted = beat.get();
        return wanted == null || wanted.lsn().isAfter(sent) ? null : beat.getAndSet(null);
    }

    void confirm(Lsn lsn) {
        confirmed = lsn;
    }

    Lsn confirmed() {
        return confirmed;
    }

    void stop() {
        stopping = true;
    }

    boolean stopping() {
        return stopping;
    }

    /** Closes the sockets without a word; the server then ends the sessions. */
    void cutConnections() {
        for (Connection connection : connections) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debugf(e, "Connection could not be cut: task=%s", spec.taskId());
            }
        }
    }

    void close() {
        OPEN.remove(id);
    }
}
