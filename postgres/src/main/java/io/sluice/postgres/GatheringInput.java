package io.sluice.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * What a server sends, taken from the socket in few large pieces while much of it comes. A server hands each message of a
 * replication stream to the network by itself. A reader that keeps up with it would ask the system for each of them, and wake
 * up for each of them, which costs both sides more than the messages do. So while a stream is dense the socket is left alone
 * for some milliseconds after it has been emptied. A message that comes by itself is there at once. Not thread-safe.
 */
final class GatheringInput extends InputStream {

    /** A stream of less is read as it comes: two megabytes in a second. */
    static final long DENSE_BYTES_PER_MILLI = 2_000;

    static final long SPAN_NANOS = 5_000_000;
    static final long REST_NANOS = 10_000_000;

    private static final int CAPACITY = 1 << 16;

    private final InputStream socket;
    private final Clock clock;
    private final byte[] buffer = new byte[CAPACITY];
    private int next;
    private int end;
    private boolean dense;
    private long spanBegan;
    private long spanBytes;
    private long restUntil;

    /** Time as the stream sees it. */
    interface Clock {

        /** As of {@link System#nanoTime}. */
        long nanos();

        /** Waits about that long, or less. */
        void rest(long nanos);

        /** The system's. */
        static Clock system() {
            return new Clock() {
                @Override
                public long nanos() {
                    return System.nanoTime();
                }

                @Override
                public void rest(long nanos) {
                    LockSupport.parkNanos(nanos);
                }
            };
        }
    }

    GatheringInput(InputStream socket, Clock clock) {
        this.socket = socket;
        this.clock = clock;
        spanBegan = clock.nanos();
        restUntil = spanBegan;
    }

    @Override
    public int read() throws IOException {
        return next < end || fill() ? buffer[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (next == end && !fill()) {
            return -1;
        }
        int count = Math.min(length, end - next);
        System.arraycopy(buffer, next, bytes, offset, count);
        next += count;
        return count;
    }

    /** Nothing while the socket is left alone. */
    @Override
    public int available() throws IOException {
        if (next < end) {
            return end - next;
        }
        return resting(clock.nanos()) > 0 ? 0 : socket.available();
    }

    private long resting(long now) {
        return restUntil - now;
    }

    private boolean fill() throws IOException {
        long rest = resting(clock.nanos());
        if (rest > 0) {
            clock.rest(rest);
        }
        int count = socket.read(buffer, 0, CAPACITY);
        if (count < 0) {
            return false;
        }
        next = 0;
        end = count;
        count(count);
        return true;
    }

    private void count(int bytes) {
        long now = clock.nanos();
        spanBytes += bytes;
        long span = now - spanBegan;
        if (span >= SPAN_NANOS) {
            dense = spanBytes >= DENSE_BYTES_PER_MILLI * span / 1_000_000;
            spanBegan = now;
            spanBytes = 0;
        }
        // A full buffer: there is more to take.
        restUntil = dense && bytes < CAPACITY ? now + REST_NANOS : now;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
