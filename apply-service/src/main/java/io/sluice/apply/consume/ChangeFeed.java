package io.sluice.apply.consume;

import io.sluice.apply.ThreadEnd;
import io.sluice.contracts.change.ChangeDecoder;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads and decodes a change topic ahead of whoever writes, on a thread of its own, so that both ends work at the same
 * time. Bounded: a few polls are held, and the thread waits when nobody takes them. {@link #take}, {@link #more} and
 * {@link #close} are for one thread.
 */
final class ChangeFeed implements AutoCloseable {

    private static final Duration LONGEST_POLL = Duration.ofMillis(100);
    private static final int POLLS_AHEAD = 2;

    /** What waits for whoever writes has no more than this, or is one poll. */
    private static final int KILOBYTES_AHEAD = 8 << 10;

    private final ChangeTopic topic;
    private final long start;
    private final long applied;
    private final BlockingQueue<Polled> ahead = new ArrayBlockingQueue<>(POLLS_AHEAD);
    private final Semaphore room = new Semaphore(KILOBYTES_AHEAD);
    private final ChangeDecoder decoder = new ChangeDecoder();
    private final RecordOrder order;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * A record with its place in the topic.
     *
     * @param bytes its size there
     */
    record Entry(ChangeRecord change, long offset, long topicMillis, int bytes) {}

    /**
     * What a poll gave, or why there are no more.
     *
     * @param kilobytes of the room that it takes
     */
    private record Polled(
            List<Entry> entries, int kilobytes, @Nullable RuntimeException failure) {

        static Polled of(List<Entry> entries) {
            long bytes = entries.stream().mapToLong(Entry::bytes).sum();
            return new Polled(entries, (int) Math.min(bytes >> 10, KILOBYTES_AHEAD), null);
        }
    }

    /**
     * @param offset of the first record to read
     * @param applied so far the topic must reach
     * @param reached position of the source that the record must not be before; zero when it is not known
     */
    ChangeFeed(ChangeTopic topic, long offset, long applied, Lsn reached) {
        this.topic = topic;
        this.start = offset;
        this.applied = applied;
        this.order = new RecordOrder(reached);
        this.thread = Thread.ofPlatform().name("change-feed").unstarted(this::read);
    }

    void open() {
        thread.start();
    }

    /** The next records; none when there are none within this time. */
    List<Entry> take(Duration most) {
        try {
            Polled polled = ahead.poll(most.toNanos(), TimeUnit.NANOSECONDS);
            if (polled == null) {
                return List.of();
            }
            if (polled.failure() != null) {
                throw polled.failure();
            }
            return taken(polled);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    /**
     * What is there without waiting; none where the next thing to come is a failure, so that what was taken before it is
     * written first.
     */
    List<Entry> more() {
        Polled next = ahead.peek();
        if (next == null || next.failure() != null) {
            return List.of();
        }
        return taken(ahead.remove());
    }

    private List<Entry> taken(Polled polled) {
        room.release(polled.kilobytes());
        return polled.entries();
    }

    private void read() {
        try {
            topic.seek(start, applied);
            while (!closed) {
                pass(topic.poll(LONGEST_POLL));
            }
        } catch (RuntimeException e) {
            fail(e);
        } catch (Error e) {
            // Whoever takes the records would wait for ever.
            fail(new SluiceException(ErrorCode.INTERNAL, "Reading the change topic broke: " + e, e));
            throw e;
        } catch (InterruptedException e) {
            // Closed; nobody waits for more.
            Thread.currentThread().interrupt();
        }
    }

    private void pass(Iterable<ConsumerRecord<byte[], byte[]>> records) throws InterruptedException {
        List<Entry> entries = new ArrayList<>();
        try {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                entries.add(
                        new Entry(decode(record), record.offset(), record.timestamp(), record.serializedValueSize()));
            }
        } finally {
            // What came before a record that cannot be read is good.
            if (!entries.isEmpty()) {
                Polled polled = Polled.of(entries);
                room.acquire(polled.kilobytes());
                ahead.put(polled);
            }
        }
    }

    private void fail(RuntimeException failure) {
        try {
            ahead.put(new Polled(List.of(), 0, failure));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ChangeRecord decode(ConsumerRecord<byte[], byte[]> entry) {
        try {
            ChangeRecord change = decoder.decode(entry.value());
            order.check(change);
            return change;
        } catch (SluiceException e) {
            throw new SluiceException(
                    e.code(), "Offset " + entry.offset() + " of the topic " + entry.topic() + ": " + e.getMessage(), e);
        }
    }

    /** Returns when the topic is not used any more. */
    @Override
    public void close() {
        closed = true;
        topic.wakeUp();
        ahead.clear();
        thread.interrupt();
        ThreadEnd.await(thread);
    }
}
