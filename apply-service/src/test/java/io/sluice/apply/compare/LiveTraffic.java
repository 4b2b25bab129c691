package io.sluice.apply.compare;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Transactions at the source that come to the target a little later, one after the other, together with the position, as
 * the task's own run brings them.
 */
public final class LiveTraffic implements AutoCloseable {

    private static final int LATEST_MILLIS = 60;

    /** Somewhat more often than 300 times a second; what was held up is made up for. */
    private static final long INTERVAL_NANOS = 3_000_000;

    private final ComparedSides sides;
    private final Function<Random, List<String>> transactions;
    private final Random random;
    private final BlockingQueue<Change> onTheWay = new LinkedBlockingQueue<>();
    private final Thread writer;
    private final Thread applier;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong committed = new AtomicLong();
    private volatile @Nullable Exception failure;

    /** A transaction that is to come to the target. */
    private record Change(List<String> statements, String position, long at) {}

    public LiveTraffic(ComparedSides sides, long seed, Function<Random, List<String>> transactions) {
        this.sides = sides;
        this.transactions = transactions;
        this.random = new Random(seed);
        this.writer = Thread.ofPlatform().start(this::write);
        this.applier = Thread.ofPlatform().start(this::apply);
    }

    public long committed() {
        return committed.get();
    }

    private void write() {
        try (Connection source = sides.sourceServer.connect(sides.sourceName);
                Statement statement = source.createStatement()) {
            source.setAutoCommit(false);
            long next = System.nanoTime();
            while (failure == null && stopped.getCount() > 0) {
                List<String> statements = transactions.apply(random);
                statement.execute(String.join(";", statements));
                source.commit();
                try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                    row.next();
                    onTheWay.put(new Change(
                            statements,
                            row.getString(1),
                            System.nanoTime() + random.nextInt(LATEST_MILLIS) * 1_000_000L));
                }
                committed.incrementAndGet();
                next += INTERVAL_NANOS;
                boolean unused = stopped.await(next - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (SQLException | InterruptedException e) {
            failure = e;
        }
    }

    private void apply() {
        try (Connection target = sides.targetServer.connect(sides.targetName);
                Statement statement = target.createStatement()) {
            target.setAutoCommit(false);
            while (failure == null && (writer.isAlive() || !onTheWay.isEmpty())) {
                Change change = onTheWay.poll(50, TimeUnit.MILLISECONDS);
                if (change == null) {
                    continue;
                }
                // At the end nothing is late any more.
                boolean unused = stopped.await(change.at() - System.nanoTime(), TimeUnit.NANOSECONDS);
                statement.execute(String.join(";", change.statements()) + ";UPDATE _sluice.task SET applied_lsn = '"
                        + change.position() + "'");
                target.commit();
            }
        } catch (SQLException | InterruptedException e) {
            failure = e;
        }
    }

    /** Ends the traffic; everything is on the target afterwards. */
    @Override
    public void close() {
        stopped.countDown();
        try {
            writer.join();
            applier.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new IllegalStateException("the traffic has failed", failure);
        }
    }
}
