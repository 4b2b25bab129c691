package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Rows with rising ids, each in a transaction of its own; when the source had committed each of them, and when a target showed it. One
 * clock, this JVM's. A target is asked every millisecond, and only while a probe is under way, so that looking costs little.
 */
final class Probes {

    static final String TABLE = "CREATE TABLE probe (id bigint PRIMARY KEY)";

    private static final long LOOK_EVERY_NANOS = 1_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int count;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLongArray committed;

    /** @param count how many there will be, with the ids from 1 on */
    Probes(int count) {
        this.count = count;
        this.committed = new AtomicLongArray(count + 1);
    }

    /** Writes them, so many in a second; returns when all are committed. */
    void write(PostgresServer source, String database, int perSecond) {
        long interval = 1_000_000_000L / perSecond;
        try (Connection connection = source.connect(database);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO probe VALUES (?)")) {
            long began = System.nanoTime();
            for (int id = 1; id <= count; id++) {
                LockSupport.parkNanos(began + id * interval - System.nanoTime());
                insert.setLong(1, id);
                sent.set(id);
                insert.executeUpdate();
                committed.set(id, System.nanoTime());
            }
        } catch (SQLException e) {
            throw new IllegalStateException("writing probes: " + e.getMessage(), e);
        }
    }

    /** Sees all of them come to a target; to be called while they are written. */
    Latencies see(String tool, PostgresServer target, String database) {
        double[] millis = new double[count];
        int seen = 0;
        try (Watch watch = new Watch(target, database, "SELECT coalesce(max(id), 0) FROM probe")) {
            long last = System.nanoTime();
            while (seen < count) {
                int newest = sent.get() > seen ? Integer.parseInt(watch.text()) : seen;
                long now = System.nanoTime();
                if (newest == seen) {
                    if (sent.get() > seen && now - last > PATIENCE.toNanos()) {
                        throw new IllegalStateException("%s has not brought probe %d".formatted(tool, seen + 1));
                    }
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
                while (seen < newest) {
                    seen++;
                    // A target can show it before the source has told its client of the commit.
                    millis[seen - 1] = Math.max(0, now - committedAt(seen)) / 1e6;
                    last = now;
                }
            }
        }
        return new Latencies(tool, millis);
    }

    private long committedAt(int id) {
        while (committed.get(id) == 0) {
            Thread.onSpinWait();
        }
        return committed.get(id);
    }
}
