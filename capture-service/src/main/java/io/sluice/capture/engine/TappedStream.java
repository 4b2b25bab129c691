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
    private final StreamedTransactions streamed;

    TappedStream(PGReplicationStream stream, ProtocolTap tap, StreamedTransactions streamed) {
        this.stream = stream;
        this.tap = tap;
        this.streamed = streamed;
    }

    @Override
    public @Nullable ByteBuffer read() throws SQLException {
        ByteBuffer message = streamed.next();
        while (message == null) {
            ByteBuffer received = stream.read();
            message = received == null ? null : streamed.pass(received);
            if (message == null) {
                message = streamed.next();
            }
        }
        tap.see(message);
        return message;
    }

    /** The next message that is no change of a row; null also when enough of those were dealt with. */
    @Override
    public @Nullable ByteBuffer readPending() throws SQLException {
        ByteBuffer message = pending();
        while (message != null && tap.takeRow(message)) {
            message = tap.mayGoOn() ? pending() : null;
        }
        return message;
    }

    /** The next message, in the order of the commits. */
    private @Nullable ByteBuffer pending() throws SQLException {
        ByteBuffer message = streamed.next();
        while (message == null) {
            ByteBuffer received = stream.readPending();
            if (received == null) {
                // Between messages the server says how far it has come.
                tap.sentUntil(new Lsn(stream.getLastReceiveLSN().asLong()));
                return null;
            }
            message = streamed.pass(received);
            if (message == null) {
                message = streamed.next();
            }
            if (message == null && !tap.mayGoOn()) {
                return null;
            }
        }
        tap.see(message);
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
