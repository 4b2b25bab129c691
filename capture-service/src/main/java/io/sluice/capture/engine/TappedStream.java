package io.sluice.capture.engine;

import io.sluice.contracts.change.Lsn;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** The driver's stream, with a {@link ProtocolTap} on what it reads. */
final class TappedStream implements PGReplicationStream {

    private final PGReplicationStream stream;
    private final ProtocolTap tap;

    TappedStream(PGReplicationStream stream, ProtocolTap tap) {
        this.stream = stream;
        this.tap = tap;
    }

    @Override
    public @Nullable ByteBuffer read() throws SQLException {
        return tapped(stream.read());
    }

    /** The next message that is no change of a row; null also when enough of those were dealt with. */
    @Override
    public @Nullable ByteBuffer readPending() throws SQLException {
        ByteBuffer message = tapped(stream.readPending());
        while (message != null && tap.takeRow(message)) {
            message = tap.mayGoOn() ? tapped(stream.readPending()) : null;
        }
        return message;
    }

    private @Nullable ByteBuffer tapped(@Nullable ByteBuffer message) {
        if (message == null) {
            // Between messages the server says how far it has come.
            tap.sentUntil(new Lsn(stream.getLastReceiveLSN().asLong()));
        } else {
            tap.see(message);
        }
        return message;
    }

    @Override
    public LogSequenceNumber getLastReceiveLSN() {
        return stream.getLastReceiveLSN();
    }

    @Override
    public LogSequenceNumber getLastFlushedLSN() {
        return stream.getLastFlushedLSN();
    }

    @Override
    public LogSequenceNumber getLastAppliedLSN() {
        return stream.getLastAppliedLSN();
    }

    @Override
    public void setFlushedLSN(LogSequenceNumber flushed) {
        stream.setFlushedLSN(flushed);
    }

    @Override
    public void setAppliedLSN(LogSequenceNumber applied) {
        stream.setAppliedLSN(applied);
    }

    @Override
    public void forceUpdateStatus() throws SQLException {
        stream.forceUpdateStatus();
    }

    @Override
    public boolean isClosed() {
        return stream.isClosed();
    }

    @Override
    public void close() throws SQLException {
        stream.close();
    }
}
