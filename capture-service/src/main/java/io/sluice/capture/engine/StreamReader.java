package io.sluice.capture.engine;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorConfig.AutoCreateMode;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the slot through Debezium's replication layer into chunks. One thread reads; Debezium's keep-alive thread tells the
 * server meanwhile that the reader lives, also while the publisher is slow.
 */
final class StreamReader implements ProtocolTap.RowChanges, AutoCloseable {

    private static final Logger LOG = Logger.getLogger(StreamReader.class);

    /** A chunk is handed on when its first record is this old, and at once when the server has nothing more and sent little before. */
    private static final long OLDEST_RECORD_NANOS = Duration.ofMillis(10).toNanos();

    private static final long IDLE_NANOS = Duration.ofMillis(1).toNanos();
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(50).toNanos();
    private static final long FLUSH_EVERY_NANOS = Duration.ofMillis(200).toNanos();

    private final StreamSession session;
    private final ReplicationConnection connection;
    private final StreamCatalog catalog;
    private final ReplicationStream stream;
    private final TransactionEncoder encoder;
    private @Nullable Chunk open;
    private final Density density = new Density(System.nanoTime());
    private long firstRecord;
    private long lastFlush = System.nanoTime();
    private Lsn flushed = Lsn.ZERO;
    private Lsn beaten = Lsn.ZERO;

    StreamReader(StreamSession session) throws SQLException, InterruptedException {
        this.session = session;
        Configuration keys = DebeziumKeys.postgres(session);
        PostgresConnectorConfig config = new PostgresConnectorConfig(keys);
        catalog = new StreamCatalog(config.getJdbcConfig(), session.tap);
        encoder = new TransactionEncoder(session.spec, session.endpoint().database(), session.tap, catalog);
        connection = ReplicationConnection.builder(config)
                .withSlot(session.spec.slot())
                .withPublication(session.spec.publication())
                .withPublicationAutocreateMode(AutoCreateMode.DISABLED)
                .withTableFilter(config.getTableFilters())
                .withPlugin(PostgresConnectorConfig.LogicalDecoder.PGOUTPUT)
                .dropSlotOnClose(false)
                .statusUpdateInterval(DebeziumKeys.STATUS_INTERVAL)
                .withTypeRegistry(new TextTypes(catalog))
                .withSchema(new StreamTables(keys, config))
                .jdbcMetadataConnection(catalog)
                .build();
        try {
            stream = connection.startStreaming(new WalPositionLocator());
            requireStart();
            session.tap.handRowsTo(this);
            stream.startKeepAlive(Executors.newSingleThreadExecutor(Thread.ofPlatform()
                    .name("keep-alive-" + session.spec.taskId())
                    .daemon()
                    .factory()));
        } catch (SQLException | InterruptedException | RuntimeException e) {
            closeConnection();
            throw e;
        }
    }

    /** Debezium makes a slot that is missing, without a word; such a slot starts somewhere else. */
    private void requireStart() {
        long start = stream.startLsn().asLong();
        if (start != session.spec.start().value()) {
            throw new SluiceException(
                    ErrorCode.SLOT_LOST,
                    "The replication slot " + session.spec.slot() + " was dropped and made again while capture started:"
                            + " it should go on at " + session.spec.start() + " and begins at "
                            + new Lsn(start) + ". The changes between are lost; reload the"
                            + " tables.");
        }
    }

    /** Returns null when there was nothing to read for a short while. */
    @Nullable
    Chunk read() throws SQLException, InterruptedException {
        flushIfDue();
        if (open == null) {
            open = session.exchange.borrow(Duration.ofMillis(50));
            if (open == null) {
                return null;
            }
        }
        Chunk chunk = open;
        encoder.into(chunk, System.currentTimeMillis());
        long started = System.nanoTime();
        firstRecord = 0;
        while (mayGoOn()) {
            if (stream.readPending(encoder)) {
                continue;
            }
            long now = System.nanoTime();
            if (chunk.isEmpty() ? beat() : !density.isDense(now)) {
                break;
            }
            if (chunk.isEmpty() && now - started > LONGEST_WAIT_NANOS) {
                return null;
            }
            LockSupport.parkNanos(IDLE_NANOS);
        }
        if (chunk.isEmpty()) {
            return null;
        }
        density.add(chunk.size(), System.nanoTime());
        open = null;
        return chunk;
    }

    @Override
    public void change(RowMessage row, Relation table) throws SQLException {
        encoder.change(row, table);
    }

    @Override
    public void tooLarge(Relation table, int bytes) throws SQLException {
        encoder.tooLarge(table, bytes);
    }

    /** The chunk has room, and its first record is not too old. */
    @Override
    public boolean mayGoOn() {
        if (open == null || open.isFull() || session.stopping()) {
            return false;
        }
        if (open.isEmpty()) {
            return true;
        }
        long now = System.nanoTime();
        if (firstRecord == 0) {
            firstRecord = now;
        }
        return now - firstRecord <= OLDEST_RECORD_NANOS;
    }

    /** Puts a heartbeat that the server does not pass on into the chunk, once everything before it has been read. */
    private boolean beat() {
        Lsn sent = session.tap.sent();
        if (session.tap.inTransaction() || !sent.isAfter(beaten)) {
            return false;
        }
        StreamSession.Beat beat = session.takeBeat(sent);
        if (beat == null) {
            return false;
        }
        encoder.heartbeat(sent, beat.sourceMillis(), beat.aheadMillis());
        beaten = sent;
        return true;
    }

    /** Tells the source what is safely on Kafka. Nothing else ever confirms a position. */
    private void flushIfDue() throws SQLException {
        long now = System.nanoTime();
        Lsn confirmed = session.confirmed();
        if (confirmed.isAfter(flushed) && now - lastFlush > FLUSH_EVERY_NANOS) {
            stream.flushLsn(io.debezium.connector.postgresql.connection.Lsn.valueOf(confirmed.value()));
            flushed = confirmed;
            lastFlush = now;
        }
    }

    @Override
    public void close() {
        stream.stopKeepAlive();
        closeConnection();
    }

    private void closeConnection() {
        try {
            // Closes the catalog's connection too, through the decoder. The stream itself is not closed: that would
            // wait until the server has sent the rest of a large transaction.
            connection.close();
        } catch (Exception e) {
            LOG.debugf(e, "Replication connection not closed in order: task=%s", session.spec.taskId());
        }
    }
}
