package io.sluice.task.precheck;

import io.sluice.contracts.Json;
import io.sluice.task.precheck.check.Item;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hibernate.Session;

/**
 * The newest precheck of each task. Times are the database's, so that instances with different clocks agree on whether
 * one of them still lives.
 */
@ApplicationScoped
@Transactional
class PrecheckStore {

    private final EntityManager entities;

    PrecheckStore(EntityManager entities) {
        this.entities = entities;
    }

    Optional<Precheck> find(String taskId) {
        // Whoever runs one is heard of every 5 s.
        String sql = """
                SELECT run, state, state = 'RUNNING' AND seen_at < now() - interval '30 s' AS abandoned, fingerprint,
                       tables, started_at, finished_at, total, items, confirmed
                FROM precheck WHERE task_id = ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(read(row)) : Optional.empty();
                }
            }
        });
    }

    private static Precheck read(ResultSet row) throws SQLException {
        Timestamp finished = row.getTimestamp("finished_at");
        return new Precheck(
                row.getString("run"),
                PrecheckState.valueOf(row.getString("state")),
                row.getBoolean("abandoned"),
                row.getString("fingerprint"),
                row.getString("tables"),
                row.getTimestamp("started_at").toInstant(),
                finished == null ? null : finished.toInstant(),
                row.getInt("total"),
                List.of(Json.read(row.getString("items"), Item[].class)),
                Set.of((String[]) row.getArray("confirmed").getArray()));
    }

    /**
     * @param stored the specification that will be looked at
     * @return false when another one is running, the task is stored otherwise by now, it waits for no start any more (what
     *     is found at the tables of a task that runs says nothing), or it is gone
     */
    boolean begin(String taskId, String stored, String run, int total) {
        String sql = """
                WITH there AS (
                    SELECT id FROM task
                    WHERE id = ? AND spec = ? AND state IN ('CONFIGURATION', 'PENDING_START') FOR SHARE)
                INSERT INTO precheck AS known (task_id, run, fingerprint, total) SELECT id, ?, ?, ? FROM there
                ON CONFLICT (task_id) DO UPDATE
                SET run = excluded.run, fingerprint = excluded.fingerprint, total = excluded.total,
                    state = excluded.state, tables = excluded.tables, started_at = excluded.started_at,
                    finished_at = NULL, seen_at = excluded.seen_at, items = excluded.items,
                    confirmed = excluded.confirmed
                WHERE known.state <> 'RUNNING' OR known.seen_at < now() - interval '30 s'
                """;
        return update(sql, statement -> {
                    statement.setString(1, taskId);
                    statement.setString(2, stored);
                    statement.setString(3, run);
                    statement.setString(4, Fingerprint.ofTask(stored));
                    statement.setInt(5, total);
                })
                == 1;
    }

    /** Whether a task is stored like this, and waits for a start; empty when it is gone. */
    Optional<Boolean> findWaiting(String taskId, String stored) {
        String sql = "SELECT spec = ? AND state IN ('CONFIGURATION', 'PENDING_START') FROM task WHERE id = ?";
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, stored);
                statement.setString(2, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(row.getBoolean(1)) : Optional.empty();
                }
            }
        });
    }

    void alive(String run) {
        update("UPDATE precheck SET seen_at = now() WHERE run = ?", statement -> statement.setString(1, run));
    }

    void progress(String run, List<Item> items) {
        update("UPDATE precheck SET seen_at = now(), items = ? WHERE run = ?", statement -> {
            statement.setString(1, Json.write(items));
            statement.setString(2, run);
        });
    }

    void finish(String run, List<Item> items, String tables, Collection<String> confirmed) {
        String sql = """
                UPDATE precheck SET state = ?, items = ?, tables = ?, confirmed = ?, finished_at = now() WHERE run = ?
                """;
        update(sql, statement -> {
            statement.setString(1, PrecheckState.of(items).name());
            statement.setString(2, Json.write(items));
            statement.setString(3, tables);
            statement.setArray(4, statement.getConnection().createArrayOf("text", confirmed.toArray()));
            statement.setString(5, run);
        });
    }

    /** It will not end: another one may begin at once. */
    void abandon(String run) {
        update(
                "UPDATE precheck SET seen_at = '-infinity' WHERE run = ? AND state = 'RUNNING'",
                statement -> statement.setString(1, run));
    }

    /** @return false when that run is no longer the latest, or has not ended */
    boolean confirm(String run, Collection<String> keys) {
        String sql = """
                UPDATE precheck SET confirmed = ARRAY(SELECT DISTINCT k FROM unnest(confirmed || ?::text[]) AS k)
                WHERE run = ? AND state <> 'RUNNING'
                """;
        return update(sql, statement -> {
                    statement.setArray(1, statement.getConnection().createArrayOf("text", keys.toArray()));
                    statement.setString(2, run);
                })
                == 1;
    }

    /** Sets the parameters of a statement. */
    @FunctionalInterface
    private interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    private int update(String sql, Parameters parameters) {
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                parameters.set(statement);
                return statement.executeUpdate();
            }
        });
    }
}
