package io.sluice.task.progress;

import io.sluice.contracts.Json;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.StructureProgress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;
import org.hibernate.Session;

/** How far the structure of each task is, as it was reported last. In the caller's transaction. */
@ApplicationScoped
class StructureReports {

    private final EntityManager entities;

    StructureReports(EntityManager entities) {
        this.entities = entities;
    }

    void put(String taskId, StructureProgress progress) {
        String fact = """
                INSERT INTO task_structure (task_id, fact) VALUES (?, ?)
                ON CONFLICT (task_id) DO UPDATE SET fact = excluded.fact
                """;
        String failures = "UPDATE task SET structure_failures = ? WHERE id = ? AND structure_failures <> ?";
        int failed = progress.kinds().stream().mapToInt(KindProgress::failed).sum();
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(fact)) {
                statement.setString(1, taskId);
                statement.setString(2, Json.write(progress));
                statement.executeUpdate();
            }
            try (PreparedStatement statement = connection.prepareStatement(failures)) {
                statement.setInt(1, failed);
                statement.setString(2, taskId);
                statement.setInt(3, failed);
                statement.executeUpdate();
            }
        });
    }

    Optional<StructureProgress> find(String taskId) {
        String sql = "SELECT fact FROM task_structure WHERE task_id = ?";
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next()
                            ? Optional.of(Json.read(row.getString("fact"), StructureProgress.class))
                            : Optional.empty();
                }
            }
        });
    }
}
