package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Transactions at a steady rate on a few connections, each a new row and a changed one, until it is closed. What a connection is late
 * with it makes up for, so that a slow moment does not make the load lighter.
 */
final class LoadGenerator implements AutoCloseable {

    static final String TABLE =
            "CREATE TABLE load (id bigint PRIMARY KEY, n int NOT NULL, at timestamptz NOT NULL, body text NOT NULL)";

    private static final int CONNECTIONS = 3;
    private static final long IDS_OF_A_CONNECTION = 1_000_000_000;

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicReference<Exception> broken = new AtomicReference<>();
    private volatile boolean over;

    /** @param rate transactions per second, of all connections together */
    LoadGenerator(PostgresServer source, String database, int rate) {
        long interval = CONNECTIONS * 1_000_000_000L / rate;
        for (int i = 0; i < CONNECTIONS; i++) {
            long first = i * IDS_OF_A_CONNECTION;
            threads.add(Thread.ofPlatform().name("load-" + i).start(() -> write(source, database, first, interval)));
        }
    }

    private void write(PostgresServer source, String database, long first, long interval) {
        try (Connection connection = source.connect(database);
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO load VALUES (?, 0, now(), 'a row of ordinary length, as there are many')");
                PreparedStatement update = connection.prepareStatement("UPDATE load SET n = n + 1 WHERE id = ?")) {
            connection.setAutoCommit(false);
            long began = System.nanoTime();
            for (long i = 0; !over; i++) {
                LockSupport.parkNanos(began + i * interval - System.nanoTime());
                insert.setLong(1, first + i);
                insert.executeUpdate();
                update.setLong(1, first + i / 2);
                update.executeUpdate();
                connection.commit();
                committed.incrementAndGet();
            }
        } catch (SQLException e) {
            broken.compareAndSet(null, e);
        }
    }

    long committed() {
        return committed.get();
    }

    /** Returns when nothing is written any more; throws when something went wrong meanwhile. */
    @Override
    public void close() {
        over = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Exception reason = broken.get();
        if (reason != null) {
            throw new IllegalStateException("the load broke: " + reason.getMessage(), reason);
        }
    }
}
