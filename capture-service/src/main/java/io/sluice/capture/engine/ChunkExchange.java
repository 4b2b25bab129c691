package io.sluice.capture.engine;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands chunks from the reader to the publisher and empty ones back. There are only so many chunks, so a slow publisher
 * makes the reader wait, and memory is bounded. One thread at each end.
 */
public final class ChunkExchange {

    private static final int CHUNKS = 4;

    private final BlockingQueue<Chunk> empty = new ArrayBlockingQueue<>(CHUNKS);
    private final BlockingQueue<Chunk> filled = new ArrayBlockingQueue<>(CHUNKS);

    public ChunkExchange() {
        for (int i = 0; i < CHUNKS; i++) {
            empty.add(new Chunk());
        }
    }

    /** Waits for an empty chunk; null when none came free in time. */
    @Nullable
    Chunk borrow(Duration patience) throws InterruptedException {
        return empty.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    void hand(Chunk chunk) throws InterruptedException {
        filled.put(chunk);
    }

    /** The next chunk in source order; null when none came in time. */
    public @Nullable Chunk take(Duration patience) throws InterruptedException {
        return filled.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The publisher has copied what it needs. */
    public void giveBack(Chunk chunk) {
        chunk.clear();
        empty.add(chunk);
    }
}
