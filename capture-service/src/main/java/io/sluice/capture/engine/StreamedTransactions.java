package io.sluice.capture.engine;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a server sends of transactions that have not ended yet (protocol version 2) into whole transactions in the order of
 * their commits, as version 1 has them, so that nothing after this knows of the difference. A server that need not keep a large
 * transaction until its commit does not write it to its disk, change by change, and read it again. What has come is kept in a
 * {@link SpoolFile} until the transaction is committed; of one that is rolled back nothing is left. Not thread-safe.
 *
 * <p>Format: PostgreSQL's manual, section 54.9.
 */
final class StreamedTransactions implements AutoCloseable {

    private static final int BEGIN_BYTES = 1 + 2 * Long.BYTES + Integer.BYTES;
    private static final int COMMIT_BYTES = 2 + 3 * Long.BYTES;

    private final Map<Integer, SpoolFile> spools = new HashMap<>();

    /** Whose block of changes is being sent. */
    private @Nullable SpoolFile receiving;

    private @Nullable Committed committed;

    /** A transaction whose messages are handed on. */
    private record Committed(ByteBuffer begin, SpoolFile spool, ByteBuffer commit) {}

    /**
     * Deals with a message of the server.
     *
     * @return the message, when it has nothing to do with transactions in progress; null when it was kept, or a commit has come
     *     and {@link #next} has more
     */
    @Nullable
    ByteBuffer pass(ByteBuffer message) {
        try {
            return take(message);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private @Nullable ByteBuffer take(ByteBuffer message) throws IOException {
        int at = message.position();
        byte type = message.get(at);
        switch (type) {
            case 'S' -> receiving = spools.computeIfAbsent(message.getInt(at + 1), SpoolFile::new);
            case 'E' -> receiving = null;
            case 'A' -> aborted(message.getInt(at + 1), message.getInt(at + 5));
            case 'c' -> committed(message);
            // Within a block, but without a transaction's id: where it came from does not matter here.
            case 'O' -> {
                return receiving == null ? message : null;
            }
            default -> {
                if (receiving == null) {
                    return message;
                }
                receiving.add(message);
            }
        }
        return null;
    }

    private void aborted(int transaction, int subtransaction) throws IOException {
        if (transaction == subtransaction) {
            SpoolFile spool = spools.remove(transaction);
            if (spool != null) {
                spool.close();
            }
        } else {
            SpoolFile spool = spools.get(transaction);
            if (spool != null) {
                spool.leaveOut(subtransaction);
            }
        }
    }

    private void committed(ByteBuffer message) throws IOException {
        int at = message.position() + 1;
        int transaction = message.getInt(at);
        byte flags = message.get(at + 4);
        long commitLsn = message.getLong(at + 5);
        long endLsn = message.getLong(at + 13);
        long time = message.getLong(at + 21);
        ByteBuffer begin = ByteBuffer.allocate(BEGIN_BYTES)
                .put((byte) 'B')
                .putLong(commitLsn)
                .putLong(time)
                .putInt(transaction)
                .flip();
        ByteBuffer commit = ByteBuffer.allocate(COMMIT_BYTES)
                .put((byte) 'C')
                .put(flags)
                .putLong(commitLsn)
                .putLong(endLsn)
                .putLong(time)
                .flip();
        SpoolFile spool = spools.remove(transaction);
        if (spool == null) {
            throw new SluiceException(
                    ErrorCode.INTERNAL, "the stream committed transaction " + transaction + " without having sent it");
        }
        spool.rewind();
        committed = new Committed(begin, spool, commit);
    }

    /**
     * The next message of a transaction that was committed, as version 1 has it; valid until the next call. Null when there is
     * none: then the server is to be heard.
     */
    @Nullable
    ByteBuffer next() {
        Committed now = committed;
        if (now == null) {
            return null;
        }
        if (now.begin().hasRemaining()) {
            ByteBuffer begin = now.begin().duplicate();
            now.begin().position(now.begin().limit());
            return begin;
        }
        try {
            ByteBuffer message = now.spool().next();
            if (message != null) {
                return message;
            }
            committed = null;
            now.spool().close();
            return now.commit();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static SluiceException unwritable(IOException e) {
        return new SluiceException(
                ErrorCode.SPOOL_UNWRITABLE,
                "A transaction that the source has not committed yet cannot be kept in the directory for temporary files ("
                        + SpoolFile.directory() + ") of the capture service: " + e.getMessage()
                        + ". Give it room there, or another directory with -Djava.io.tmpdir.",
                e);
    }

    @Override
    public void close() throws IOException {
        for (SpoolFile spool : spools.values()) {
            spool.close();
        }
        spools.clear();
        if (committed != null) {
            committed.spool().close();
            committed = null;
        }
    }
}
