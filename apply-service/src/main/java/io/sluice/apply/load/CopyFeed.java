package io.sluice.apply.load;

import java.io.IOException;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutorBase;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * What a {@code COPY … TO STDOUT} sends, as one stream of bytes. The driver hands out each row as an array of its own, a
 * row of 500 MB as one of 500 MB; here they are read from the driver's stream into a buffer of the caller, so that memory
 * does not depend on the rows. Where the driver's stream cannot be reached, its arrays are used. See "COPY Operations",
 * section 54.2.6 of the manual: where the data is cut into messages has no meaning.
 */
final class CopyFeed {

    private static final int COPY_DATA = 'd';

    private static final @Nullable Field STREAM = stream();

    private final CopyOut operation;
    private final @Nullable PGStream stream;

    /** What is left of the current message in the stream. */
    private int left;

    /** A message that the driver has read, and how far it is handed on. */
    private byte[] message = new byte[0];

    private int used;
    private boolean ended;
    private long messages;

    /** @param operation that runs on the connection */
    CopyFeed(Connection connection, CopyOut operation) throws SQLException {
        this.operation = operation;
        this.stream = streamOf(connection);
    }

    private static @Nullable Field stream() {
        try {
            Field field = QueryExecutorBase.class.getDeclaredField("pgStream");
            field.setAccessible(true);
            return PGStream.class.equals(field.getType()) ? field : null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    private static @Nullable PGStream streamOf(Connection connection) throws SQLException {
        if (STREAM == null || !connection.isWrapperFor(BaseConnection.class)) {
            return null;
        }
        try {
            return (PGStream) STREAM.get(connection.unwrap(BaseConnection.class).getQueryExecutor());
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** Whether rows need not fit into memory. */
    boolean streams() {
        return stream != null;
    }

    /** Messages so far: one a row, and one or two more in binary. */
    long messages() {
        return messages;
    }

    /** Fills the buffer as far as there is data; returns how many bytes, or -1 at the end. */
    int read(byte[] buffer) throws SQLException {
        int filled = 0;
        try {
            while (filled < buffer.length && !ended) {
                int count = take(buffer, filled);
                filled += count;
            }
        } catch (IOException e) {
            throw new PSQLException("An I/O error occurred while reading", PSQLState.CONNECTION_FAILURE, e);
        }
        return filled == 0 && ended ? -1 : filled;
    }

    private int take(byte[] buffer, int at) throws SQLException, IOException {
        int room = buffer.length - at;
        if (used < message.length) {
            int count = Math.min(room, message.length - used);
            System.arraycopy(message, used, buffer, at, count);
            used += count;
            return count;
        }
        if (left > 0 && stream != null) {
            int count = Math.min(room, left);
            stream.receive(buffer, at, count);
            left -= count;
            return count;
        }
        if (stream != null && stream.peekChar() == COPY_DATA) {
            int type = stream.receiveChar();
            left = stream.receiveInteger4() - Integer.BYTES;
            messages += type == COPY_DATA ? 1 : 0;
            return 0;
        }
        // Anything else is the driver's: notices, errors, the end.
        byte[] next = operation.readFromCopy();
        if (next == null) {
            ended = true;
            return 0;
        }
        message = next;
        used = 0;
        messages++;
        return 0;
    }
}
