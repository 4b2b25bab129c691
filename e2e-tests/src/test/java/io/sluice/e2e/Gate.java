package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Keeps a load from ending: while a gate is shut, rows of table app.gated cannot be written to the target. The check of a column's domain
 * waits there for a lock that the gate holds, and is always true.
 */
final class Gate implements AutoCloseable {
    private final Connection holder;

    private Gate(Connection holder) {
        this.holder = holder;
    }

    /** What the source needs for it; there the check waits for nothing. */
    static String ddl(PostgresServer source) {
        return "ALTER DOMAIN app.gate ADD CONSTRAINT gate CHECK"
                + " (inet_server_port() = %d OR pg_advisory_xact_lock_shared(42) IS NOT NULL)".formatted(source.port());
    }

    static Gate shut(Pair pair) {
        try {
            Connection holder = pair.target().connect(pair.name());
            try (Statement statement = holder.createStatement()) {
                statement.execute("SELECT pg_advisory_lock(42)");
            }
            return new Gate(holder);
        } catch (SQLException e) {
            throw new IllegalStateException("shutting the gate of " + pair.name(), e);
        }
    }

    @Override
    public void close() {
        open();
    }

    /** From now on rows of the table come through. */
    void open() {
        try {
            holder.close();
        } catch (SQLException e) {
            throw new IllegalStateException("opening the gate", e);
        }
    }
}
