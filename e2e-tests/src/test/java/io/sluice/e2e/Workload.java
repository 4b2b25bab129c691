package io.sluice.e2e;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/**
 * Random transactions on several connections against the source, from the seed. Goes on when the source was away. Whatever else goes
 * wrong than transactions that get in each other's way fails {@link #stop}.
 */
final class Workload implements AutoCloseable {
    private static final int CONNECTIONS = 3;
    private static final long MOST_PAUSE_NANOS = Duration.ofMillis(40).toNanos();

    /** Unique violation, deadlock, serialization failure: what transactions do to each other. */
    static final Set<String> COLLISIONS = Set.of("23503", "23505", "40P01", "40001");

    private final Pair pair;
    private final List<Shape> shapes;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong rolledBack = new AtomicLong();
    private final AtomicLong reconnected = new AtomicLong();
    private final AtomicReference<Exception> broken = new AtomicReference<>();
    private final ReentrantReadWriteLock quiet = new ReentrantReadWriteLock(true);
    private volatile boolean stopping;

    private Workload(Pair pair, List<Shape> shapes) {
        this.pair = pair;
        this.shapes = shapes;
    }

    /** Starts on a database that {@link WorkloadDatabase} made. */
    static Workload start(Pair pair) {
        return start(pair, Shapes.ALL);
    }

    /** The same with other tables. */
    static Workload start(Pair pair, List<Shape> shapes) {
        Workload workload = new Workload(pair, shapes);
        for (int i = 0; i < CONNECTIONS; i++) {
            int worker = i;
            SplittableRandom random = Seed.randomFor(pair.name() + " workload " + i);
            workload.threads.add(Thread.ofPlatform().name("workload-" + i).start(() -> workload.work(worker, random)));
        }
        return workload;
    }

    private void work(int worker, SplittableRandom random) {
        while (!stopping) {
            try (Connection connection = pair.source().connect(pair.name())) {
                connection.setAutoCommit(false);
                RandomTransaction transactions = new RandomTransaction(connection, shapes, random, worker);
                while (!stopping) {
                    quiet.readLock().lock();
                    try {
                        transact(connection, transactions);
                    } finally {
                        quiet.readLock().unlock();
                    }
                    LockSupport.parkNanos(random.nextLong(MOST_PAUSE_NANOS));
                }
            } catch (SQLException e) {
                if (!isAway(e)) {
                    broken.compareAndSet(null, e);
                    return;
                }
                reconnected.incrementAndGet();
                LockSupport.parkNanos(MOST_PAUSE_NANOS);
            } catch (RuntimeException e) {
                broken.compareAndSet(null, e);
                return;
            }
        }
    }

    private void transact(Connection connection, RandomTransaction transactions) throws SQLException {
        try {
            (transactions.carryOut() ? committed : rolledBack).incrementAndGet();
        } catch (SQLException e) {
            if (!COLLISIONS.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            connection.rollback();
            rolledBack.incrementAndGet();
        }
    }

    /** Connection errors, a shutdown, a server that starts or recovers. */
    private static boolean isAway(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }

    /**
     * One transaction with this many changes: new rows, changed ones and deleted ones, in two tables. Once more when the source goes
     * away.
     */
    void bigTransaction(int changes) {
        boolean done = false;
        while (!done) {
            try (Connection connection = pair.source().connect(pair.name())) {
                connection.setAutoCommit(false);
                bigTransaction(connection, changes);
                done = true;
            } catch (SQLException e) {
                if (!COLLISIONS.contains(String.valueOf(e.getSQLState())) && !isAway(e)) {
                    throw new IllegalStateException("the big transaction: " + e.getMessage(), e);
                }
                LockSupport.parkNanos(MOST_PAUSE_NANOS);
            }
        }
    }

    /** The same on a thread of its own; whoever joins it learns what went wrong. */
    CompletableFuture<Void> bigTransactionBeside(int changes) {
        return CompletableFuture.runAsync(
                () -> bigTransaction(changes), task -> Thread.ofPlatform().start(task));
    }

    private static void bigTransaction(Connection connection, int changes) throws SQLException {
        long from = System.nanoTime();
        int fifth = changes / 5;
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE app.accounts SET active = NOT active");
            statement.execute("""
                    INSERT INTO app.bulk SELECT %1$d + i, i %% 97, repeat(md5(i::text), 2) FROM generate_series(1, %2$d) i""".formatted(from, 3 * fifth));
            statement.execute(
                    "UPDATE app.bulk SET body = body || '.' WHERE id > %d AND id <= %d".formatted(from, from + fifth));
            statement.execute("DELETE FROM app.bulk WHERE id > %d AND id <= %d".formatted(from, from + fifth));
        }
        connection.commit();
    }

    /** Between two of each session's transactions; none of them writes meanwhile. */
    long whileQuiet(LongSupplier action) {
        quiet.writeLock().lock();
        try {
            return action.getAsLong();
        } finally {
            quiet.writeLock().unlock();
        }
    }

    /** Random transactions that were committed so far. */
    long committed() {
        return committed.get();
    }

    void awaitMore() {
        long before = committed();
        await("more transactions").atMost(Duration.ofMinutes(1)).until(() -> committed() > before + 20);
    }

    /** Ends it and answers the end of the source's WAL then. */
    long stop() {
        close();
        if (broken.get() != null) {
            throw new AssertionError("the workload broke: " + broken.get().getMessage(), broken.get());
        }
        if (committed.get() == 0) {
            throw new AssertionError("the workload has not committed anything");
        }
        return pair.sourceLsn();
    }

    @Override
    public void close() {
        stopping = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return "%d transactions committed, %d rolled back, %d connections lost"
                .formatted(committed.get(), rolledBack.get(), reconnected.get());
    }
}
