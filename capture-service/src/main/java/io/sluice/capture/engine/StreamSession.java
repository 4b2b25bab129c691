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
import org.jboss.logging.Logger;

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
    final ProtocolTap tap = new ProtocolTap(ChangeStream.LARGEST_RECORD);

    /** Done when changes stream. */
    final CompletableFuture<Void> streaming = new CompletableFuture<>();

    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile Lsn confirmed = Lsn.ZERO;
    private volatile boolean stopping;

    StreamSession(Connections source, StreamSpec spec, ChunkExchange exchange) {
        this.source = source;
        this.spec = spec;
        this.exchange = exchange;
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
