package io.sluice.http.audit;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code audit} of the service's own database. A line is there, committed, before its request is carried out.
 * Thread-safe.
 */
@ApplicationScoped
class AuditTrail {

    private static final Logger LOG = Logger.getLogger(AuditTrail.class);

    private final DataSource database;

    AuditTrail(DataSource database) {
        this.database = database;
    }

    /**
     * @return the line's id, for {@link #end}
     * @throws SluiceException {@code INTERNAL} when it cannot be stored
     */
    long begin(AuditEntry entry) {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO audit (at, actor, operation, path, task_id, status, address)
                        VALUES (?, ?, ?, ?, ?, ?, ?)
                        RETURNING id""")) {
            insert.setObject(1, entry.at().atOffset(ZoneOffset.UTC));
            insert.setString(2, entry.actor());
            insert.setString(3, entry.operation());
            insert.setString(4, entry.path());
            insert.setString(5, entry.task());
            insert.setInt(6, entry.status());
            insert.setString(7, entry.address());
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException e) {
            LOG.errorf(e, "Not in the audit trail, and so not carried out: %s", entry);
            throw new SluiceException(
                    ErrorCode.INTERNAL, "The audit trail cannot be written, so the request was not carried out.", e);
        }
    }

    /**
     * A status that cannot be stored goes to the log; the request has been carried out by then.
     *
     * @param task null when it is known already, or there is none
     */
    void end(long line, int status, @Nullable String task) {
        try (Connection connection = database.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE audit SET status = ?, task_id = coalesce(task_id, ?) WHERE id = ?")) {
            update.setInt(1, status);
            update.setString(2, task);
            update.setLong(3, line);
            update.executeUpdate();
        } catch (SQLException e) {
            LOG.errorf(e, "Line %d of the audit trail ended with status %d, which could not be stored", line, status);
        }
    }

    /** Newest first. */
    Page<AuditEntry> page(Filter filter, PageRequest request) {
        List<Object> values = new ArrayList<>();
        StringBuilder where = new StringBuilder();
        condition(where, values, "id < ?", request.after() == null ? null : id(request.after()));
        condition(where, values, "task_id = ?", filter.task());
        condition(where, values, "actor = ?", filter.actor());
        condition(where, values, "at >= ?", time(filter.from()));
        condition(where, values, "at < ?", time(filter.to()));
        String sql = """
                SELECT id, at, actor, operation, path, task_id, status, address
                FROM audit%s
                ORDER BY id DESC
                LIMIT %d""".formatted(where, request.fetchSize());
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
                select.setObject(i + 1, values.get(i));
            }
            List<AuditEntry> entries = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    entries.add(entry(row));
                }
            }
            return Page.of(request, entries, entry -> Long.toString(entry.id()));
        } catch (SQLException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "The audit trail cannot be read now.", e);
        }
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getLong("id"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getString("actor"),
                row.getString("operation"),
                row.getString("path"),
                row.getString("task_id"),
                row.getInt("status"),
                row.getString("address"));
    }

    private static void condition(StringBuilder where, List<Object> values, String condition, @Nullable Object value) {
        if (value != null) {
            where.append(where.isEmpty() ? " WHERE " : " AND ").append(condition);
            values.add(value);
        }
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static Long id(String cursor) {
        try {
            return Long.valueOf(cursor);
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /**
     * Which lines.
     *
     * @param from the first instant
     * @param to the first instant that is too late
     */
    record Filter(
            @Nullable String task,
            @Nullable String actor,
            @Nullable Instant from,
            @Nullable Instant to) {}
}
