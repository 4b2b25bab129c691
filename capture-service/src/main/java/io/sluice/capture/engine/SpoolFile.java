package io.sluice.capture.engine;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one transaction, in the order in which they came, in a file that has no name any more once it is open, so that
 * whatever happens to this process leaves nothing behind. First written, then, after {@link #rewind}, read once. Holds 64 KB of
 * heap, and while it is read a message if that is larger. Not thread-safe.
 */
final class SpoolFile implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;

    /** In front of a message: its length, and the subtransaction that it belongs to. */
    private static final int HEAD_BYTES = 2 * Integer.BYTES;

    /** A message of a transaction in progress has the id of its (sub)transaction behind its type. */
    private static final int ID_BYTES = Integer.BYTES;

    private final int transaction;

    /** Subtransactions that were rolled back, by how much later than the transaction they began. */
    private final BitSet leftOut = new BitSet();

    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private @Nullable FileChannel file;

    SpoolFile(int transaction) {
        this.transaction = transaction;
    }

    static Path directory() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** @param message as the server has sent it; its position stays */
    void add(ByteBuffer message) throws IOException {
        int at = message.position();
        int length = message.remaining() - ID_BYTES;
        if (buffer.remaining() < HEAD_BYTES + length) {
            flush();
        }
        buffer.putInt(length).putInt(message.getInt(at + 1)).put(message.get(at));
        ByteBuffer rest = message.duplicate().position(at + 1 + ID_BYTES);
        if (rest.remaining() > buffer.remaining()) {
            flush();
            write(rest);
        } else {
            buffer.put(rest);
        }
    }

    /** What this subtransaction has done does not count. */
    void leaveOut(int subtransaction) {
        leftOut.set(subtransaction - transaction);
    }

    /** Nothing more comes. */
    void rewind() throws IOException {
        if (file == null) {
            buffer.flip();
        } else {
            flush();
            file.position(0);
            buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
        }
    }

    /** The next message that counts, without an id; valid until the next call. Null at the end. */
    @Nullable
    ByteBuffer next() throws IOException {
        while (fill(HEAD_BYTES)) {
            int length = buffer.getInt();
            int subtransaction = buffer.getInt();
            if (!fill(length)) {
                throw new EOFException("the file is shorter than it was");
            }
            ByteBuffer message = buffer.slice(buffer.position(), length);
            buffer.position(buffer.position() + length);
            // What a table looks like was said to us, whatever became of the subtransaction in which it was said.
            boolean described = message.get(0) == 'R' || message.get(0) == 'Y';
            if (described || subtransaction == transaction || !leftOut.get(subtransaction - transaction)) {
                return message;
            }
        }
        return null;
    }

    /** Brings the next bytes into the buffer; false when there are not so many. */
    private boolean fill(int bytes) throws IOException {
        if (buffer.remaining() >= bytes) {
            return true;
        }
        if (file == null) {
            return false;
        }
        buffer = buffer.capacity() < bytes ? ByteBuffer.allocate(bytes).put(buffer) : buffer.compact();
        while (buffer.position() < bytes && file.read(buffer) >= 0) {
            // More of it.
        }
        buffer.flip();
        return buffer.remaining() >= bytes;
    }

    private void flush() throws IOException {
        buffer.flip();
        write(buffer);
        buffer.clear();
    }

    private void write(ByteBuffer bytes) throws IOException {
        if (file == null) {
            Path path = Files.createTempFile(directory(), "sluice-transaction-", null);
            file = FileChannel.open(path, READ, WRITE, DELETE_ON_CLOSE);
        }
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
