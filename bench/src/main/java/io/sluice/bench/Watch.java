package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A question to a database that is asked again and again on one connection, so that asking costs little. For one thread. */
final class Watch implements AutoCloseable {

    private final String sql;
    private final Connection connection;
    private final PreparedStatement statement;

    Watch(PostgresServer server, String database, String sql) {
        this.sql = sql;
        try {
            connection = server.connect(database);
            statement = connection.prepareStatement(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /** Asks once on a connection of its own. Empty when there is no row. */
    static String ask(PostgresServer server, String database, String sql) {
        try (Watch watch = new Watch(server, database, sql)) {
            return watch.text();
        }
    }

    /** The first column of the first row. */
    String text() {
        try (ResultSet row = statement.executeQuery()) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /** Returns once the answer is true; throws when it is not within that time. */
    void await(Duration every, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!text().equals("t")) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not within %d s: %s".formatted(patience.toSeconds(), sql));
            }
            LockSupport.parkNanos(every.toNanos());
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("closing a connection", e);
        }
    }
}
