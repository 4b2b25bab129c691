package io.sluice.postgres;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingSupplier;

class GatheringInputTest {

    private static final long MILLI = 1_000_000;

    private long now;
    private long rested;
    private final Wire wire = new Wire();
    private final GatheringInput input = new GatheringInput(wire, new GatheringInput.Clock() {
        @Override
        public long nanos() {
            return now;
        }

        @Override
        public void rest(long nanos) {
            rested += nanos;
            now += nanos;
        }
    });

    /** What a server has sent, piece by piece; a read takes what one read of a socket would. */
    private static final class Wire extends InputStream {

        private final Deque<byte[]> sent = new ArrayDeque<>();
        private int reads;
        private boolean slow;

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            reads++;
            if (slow) {
                throw new SocketTimeoutException();
            }
            byte[] next = sent.poll();
            if (next == null) {
                return -1;
            }
            int count = Math.min(length, next.length);
            System.arraycopy(next, 0, bytes, offset, count);
            if (count < next.length) {
                sent.push(java.util.Arrays.copyOfRange(next, count, next.length));
            }
            return count;
        }

        @Override
        public int available() {
            byte[] next = sent.peek();
            return next == null ? 0 : next.length;
        }
    }

    @Test
    void whatComesByItselfIsThereAtOnce() throws IOException {
        for (int i = 0; i < 1_000; i++) {
            now += MILLI;
            wire.sent.add(new byte[100]);
            assertThat(input.available()).isEqualTo(100);
            assertThat(input.readNBytes(100)).hasSize(100);
        }
        assertThat(rested).isZero();
    }

    @Test
    void theSocketOfADenseStreamIsLeftAloneOnceItIsEmpty() throws IOException {
        flood();
        wire.sent.add(new byte[100]);
        assertThat(input.available()).isZero();
        now += GatheringInput.REST_NANOS;
        assertThat(input.available()).isEqualTo(100);
    }

    @Test
    void aReadWaitsOutTheRest() throws IOException {
        flood();
        wire.sent.add(new byte[100]);
        int reads = wire.reads;
        assertThat(input.read()).isZero();
        assertThat(rested).isEqualTo(GatheringInput.REST_NANOS);
        assertThat(wire.reads).isEqualTo(reads + 1);
    }

    @Test
    void aFullBufferIsFollowedByTheNextAtOnce() throws IOException {
        flood();
        now += GatheringInput.REST_NANOS;
        wire.sent.add(new byte[200_000]);
        assertThat(input.readNBytes(150_000)).hasSize(150_000);
        assertThat(rested).isZero();
    }

    @Test
    void aPauseEndsIt() throws IOException {
        flood();
        now += 1_000 * MILLI;
        wire.sent.add(new byte[100]);
        assertThat(input.readNBytes(100)).hasSize(100);
        wire.sent.add(new byte[100]);
        assertThat(input.available()).isEqualTo(100);
    }

    @Test
    void everyByteComesOnceAndInOrder() throws IOException {
        Random random = new Random(7);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        ByteArrayOutputStream actual = new ByteArrayOutputStream();
        for (int i = 0; i < 5_000; i++) {
            byte[] piece = new byte[1 + random.nextInt(i % 100 == 0 ? 100_000 : 300)];
            random.nextBytes(piece);
            expected.writeBytes(piece);
            wire.sent.add(piece);
            now += random.nextInt(20_000);
        }
        while (actual.size() < expected.size()) {
            if (random.nextBoolean()) {
                actual.write(input.read());
            } else {
                byte[] some = new byte[1 + random.nextInt(10_000)];
                int count = input.read(some, 0, some.length);
                actual.write(some, 0, count);
            }
        }
        assertThat(actual.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(input.read()).isEqualTo(-1);
        assertThat(input.read(new byte[10], 0, 10)).isEqualTo(-1);
    }

    @Test
    void aReadThatTakesTooLongLosesNothing() throws IOException {
        wire.sent.add("ab".getBytes(US_ASCII));
        wire.slow = true;
        assertThat(timesOut(input::read)).isTrue();
        wire.slow = false;
        assertThat(input.read()).isEqualTo('a');
        assertThat(input.read()).isEqualTo('b');
    }

    private static boolean timesOut(ThrowingSupplier<Integer> read) {
        try {
            read.get();
            return false;
        } catch (SocketTimeoutException expected) {
            return true;
        } catch (Throwable other) {
            throw new AssertionError(other);
        }
    }

    /** More than two megabytes a second. */
    private void flood() throws IOException {
        for (int i = 0; i < 20; i++) {
            now += MILLI / 2;
            wire.sent.add(new byte[3_000]);
            input.readNBytes(3_000);
        }
        rested = 0;
        now += GatheringInput.REST_NANOS;
        wire.sent.add(new byte[30_000]);
        input.readNBytes(30_000);
        rested = 0;
    }
}
