package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableComparison;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.Session;

/** What comparisons found; in the caller's transaction. */
@ApplicationScoped
class ComparisonResults {

    private final EntityManager entities;

    ComparisonResults(EntityManager entities) {
        this.entities = entities;
    }

    void put(String taskId, int number, List<TableComparison> tables) {
        String sql = """
                INSERT INTO comparison_table (task_id, number, schema_name, table_name, state, result)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (task_id, number, schema_name, table_name)
                DO UPDATE SET state = excluded.state, result = excluded.result
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (TableComparison table : tables) {
                    statement.setString(1, taskId);
                    statement.setInt(2, number);
                    statement.setString(3, table.table().schema());
                    statement.setString(4, table.table().table());
                    statement.setString(5, table.state().name());
                    statement.setString(6, Json.write(table));
                    statement.addBatch();
                }
                statement.executeBatch();
            }
        });
    }

    /** Those first that are not equal, then by name; at most so many. */
    List<TableComparison> tables(String taskId, int number, int limit) {
        String sql = """
                SELECT result FROM comparison_table WHERE task_id = ? AND number = ?
                ORDER BY state = 'EQUAL', schema_name, table_name LIMIT ?
                """;
        return list(sql, taskId, number, limit, TableComparison.class);
    }

    long countTables(String taskId, int number) {
        return ((Number) entities.createNativeQuery(
                                "SELECT count(*) FROM comparison_table WHERE task_id = :task AND number = :number")
                        .setParameter("task", taskId)
                        .setParameter("number", number)
                        .getSingleResult())
                .longValue();
    }

    void putObjects(String taskId, int number, int from, List<ObjectDifference> differences) {
        String sql = """
                INSERT INTO comparison_object (task_id, number, place, difference) VALUES (?, ?, ?, ?)
                ON CONFLICT (task_id, number, place) DO UPDATE SET difference = excluded.difference
                """;
        entities.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int place = from;
                for (ObjectDifference difference : differences) {
                    statement.setString(1, taskId);
                    statement.setInt(2, number);
                    statement.setInt(3, place++);
                    statement.setString(4, Json.write(difference));
                    statement.addBatch();
                }
                statement.executeBatch();
            }
        });
    }

    List<ObjectDifference> objects(String taskId, int number, int limit) {
        return list(
                "SELECT difference FROM comparison_object WHERE task_id = ? AND number = ? ORDER BY place LIMIT ?",
                taskId,
                number,
                limit,
                ObjectDifference.class);
    }

    private <T> List<T> list(String sql, String taskId, int number, int limit, Class<T> type) {
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                statement.setInt(2, number);
                statement.setInt(3, limit);
                List<T> found = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        found.add(Json.read(row.getString(1), type));
                    }
                }
                return found;
            }
        });
    }
}
