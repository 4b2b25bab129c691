package io.sluice.task.progress;

import io.sluice.contracts.Json;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.hibernate.Session;

/** The newest position of each service for each task. In the caller's transaction. */
@ApplicationScoped
class Positions {

    private final EntityManager entities;

    Positions(EntityManager entities) {
        this.entities = entities;
    }

    /** Unless the task is unknown, or has newer orders than the report knows of. */
    void put(TaskReport report) {
        String sql = """
                INSERT INTO task_position (task_id, service, fact, at)
                SELECT id, ?, ?, ? FROM task WHERE id = ? AND generation <= ?
                ON CONFLICT (task_id, service) DO UPDATE SET fact = excluded.fact, at = excluded.at
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, report.service().name());
                statement.setString(2, Json.write(report.fact()));
                statement.setObject(3, report.at().atOffset(ZoneOffset.UTC));
                statement.setString(4, report.taskId());
                statement.setLong(5, report.generation());
                statement.executeUpdate();
            }
        });
    }

    <F extends Fact> Optional<Dated<F>> find(String taskId, Service service, Class<F> type) {
        String sql = "SELECT fact, at FROM task_position WHERE task_id = ? AND service = ?";
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                statement.setString(2, service.name());
                try (ResultSet row = statement.executeQuery()) {
                    if (!row.next()) {
                        return Optional.empty();
                    }
                    Instant at = row.getObject("at", OffsetDateTime.class).toInstant();
                    return Optional.of(new Dated<>(Json.read(row.getString("fact"), type), at));
                }
            }
        });
    }

    /** @param at when the service saw it */
    record Dated<F extends Fact>(F fact, Instant at) {}
}
