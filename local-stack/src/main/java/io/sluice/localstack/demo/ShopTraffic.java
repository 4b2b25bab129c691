package io.sluice.localstack.demo;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Customers at work: several connections, a few hundred transactions a second together, until closed. Between {@link #pause} and
 * {@link #resume}, which one thread calls, no transaction is open.
 */
final class ShopTraffic implements AutoCloseable {
    private static final int CONNECTIONS = 4;
    private static final int TRANSACTIONS_PER_SECOND = 300;
    private static final Duration BETWEEN =
            Duration.ofSeconds(1).multipliedBy(CONNECTIONS).dividedBy(TRANSACTIONS_PER_SECOND);

    private final PostgresServer server;
    private final String database;
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
    private final AtomicLong committed = new AtomicLong();
    private final AtomicReference<String> failure = new AtomicReference<>("");
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    ShopTraffic(PostgresServer server, String database, long seed) {
        this.server = server;
        this.database = database;
        SplittableRandom random = new SplittableRandom(seed);
        for (int number = 1; number <= CONNECTIONS; number++) {
            ShopTransactions transactions = new ShopTransactions(random.split());
            Thread thread = new Thread(() -> work(transactions), "traffic-" + number);
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    ShopTraffic start() {
        threads.forEach(Thread::start);
        return this;
    }

    /** How many transactions were committed so far; throws when the traffic has broken down. */
    long committed() {
        String cause = failure.get();
        if (!cause.isEmpty()) {
            throw new DemoFailedException("the shop's traffic failed: " + cause);
        }
        return committed.get();
    }

    /** Returns when the last transaction has ended; none begins before {@link #resume}. */
    void pause() {
        gate.writeLock().lock();
    }

    void resume() {
        gate.writeLock().unlock();
    }

    @Override
    public void close() {
        closed = true;
        if (gate.isWriteLockedByCurrentThread()) {
            resume();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void work(ShopTransactions transactions) {
        try (Connection connection = server.connect(database)) {
            connection.setAutoCommit(false);
            long next = System.nanoTime();
            while (!closed) {
                gate.readLock().lock();
                try {
                    if (!closed && transactions.runOne(connection)) {
                        committed.incrementAndGet();
                    }
                } finally {
                    gate.readLock().unlock();
                }
                next = Math.max(next + BETWEEN.toNanos(), System.nanoTime() - BETWEEN.toNanos());
                LockSupport.parkNanos(next - System.nanoTime());
            }
        } catch (SQLException e) {
            failure.compareAndSet("", String.valueOf(e.getMessage()));
        }
    }
}
