package io.sluice.task.task;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.PageRequest;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.LockModeType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** The stored tasks. */
@ApplicationScoped
class TaskRepository implements PanacheRepositoryBase<TaskRow, String> {

    /**
     * With the specification, which is lazy otherwise: it would be read by a second statement, and the task may be deleted
     * between the two.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}
     */
    TaskRow load(String id) {
        EntityGraph<TaskRow> whole = getEntityManager().createEntityGraph(TaskRow.class);
        whole.addAttributeNodes("spec");
        TaskRow row = getEntityManager().find(TaskRow.class, id, Map.of("jakarta.persistence.loadgraph", whole));
        if (row == null) {
            throw notFound(id);
        }
        return row;
    }

    /**
     * Locked until the transaction ends: commands and reports for one task come one after the other.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}
     */
    TaskRow lock(String id) {
        return findLocked(id).orElseThrow(() -> notFound(id));
    }

    Optional<TaskRow> findLocked(String id) {
        return findByIdOptional(id, LockModeType.PESSIMISTIC_WRITE);
    }

    /**
     * Locks tasks that are between their start and their end and whose figures were last told before the given time, and
     * notes that they are told now. One of which an event still waits for Kafka is left out: figures pile up nowhere.
     */
    List<TaskRow> claimForVitals(Instant now, Instant before, int limit) {
        String sql = """
                UPDATE task SET vitals_at = ?
                WHERE id IN (
                    SELECT id FROM task
                    WHERE state NOT IN ('CONFIGURATION', 'PENDING_START', 'COMPLETED')
                      AND (vitals_at IS NULL OR vitals_at <= ?)
                      AND NOT EXISTS (SELECT 1 FROM outbox WHERE topic = ? AND key = task.id)
                    ORDER BY vitals_at NULLS FIRST LIMIT ? FOR UPDATE SKIP LOCKED)
                RETURNING id
                """;
        List<String> ids = getEntityManager().unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, now.atOffset(ZoneOffset.UTC));
                statement.setObject(2, before.atOffset(ZoneOffset.UTC));
                statement.setString(3, Topics.EVENTS);
                statement.setInt(4, limit);
                List<String> found = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        found.add(row.getString(1));
                    }
                }
                return found;
            }
        });
        return ids.isEmpty() ? List.of() : list("id in ?1", ids);
    }

    /** Ids of running tasks that carry commands over. The database looks into the specifications: they are large. */
    List<String> listFollowing() {
        String sql = """
                SELECT id FROM task
                WHERE state = 'INCREMENTAL_SYNC' AND mode = 'FULL_AND_INCREMENTAL'
                  AND cast(spec AS json) #>> '{changes,operations}' LIKE '%"DDL"%'
                ORDER BY id
                """;
        return getEntityManager()
                .unwrap(Session.class)
                .createNativeQuery(sql, String.class)
                .list();
    }

    boolean nameTaken(String name) {
        return count("lower(name) = ?1", name.toLowerCase(Locale.ROOT)) > 0;
    }

    boolean nameTakenByAnother(String name, String id) {
        return count("lower(name) = ?1 and id <> ?2", name.toLowerCase(Locale.ROOT), id) > 0;
    }

    /** Newest first: ids grow with time. */
    List<TaskRow> page(Filter filter, PageRequest request) {
        List<String> conditions = new ArrayList<>();
        Map<String, Object> parameters = new HashMap<>();
        if (request.after() != null) {
            conditions.add("id < :after");
            parameters.put("after", request.after());
        }
        if (filter.state() != null) {
            conditions.add("state = :state");
            parameters.put("state", filter.state());
        }
        if (filter.project() != null) {
            conditions.add("project = :project");
            parameters.put("project", filter.project());
        }
        if (filter.visible().isPresent()) {
            conditions.add("project in :visible");
            parameters.put("visible", filter.visible().get());
        }
        if (filter.name() != null) {
            conditions.add("lower(name) like :name escape '!'");
            parameters.put("name", "%" + escaped(filter.name().toLowerCase(Locale.ROOT)) + "%");
        }
        for (int i = 0; i < filter.tags().size(); i++) {
            // Names and values may have colons themselves.
            conditions.add("exists (select 1 from TaskRow other join other.tags t where other.id = task.id"
                    + " and (key(t) = :tag" + i + " or concat(key(t), ':', value(t)) = :tag" + i + "))");
            parameters.put("tag" + i, filter.tags().get(i));
        }
        String where = conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
        return find("from TaskRow task" + where + " order by id desc", parameters)
                .page(0, request.fetchSize())
                .list();
    }

    static SluiceException notFound(String id) {
        return new SluiceException(ErrorCode.TASK_NOT_FOUND, "There is no task with the id " + id + ".");
    }

    private static String escaped(String text) {
        return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    /**
     * @param name part of it, without regard to case
     * @param tags each {@code name} or {@code name:value}, all of which a task must have
     * @param visible the projects in question; empty for all
     */
    record Filter(
            @Nullable TaskState state,
            @Nullable String project,
            List<String> tags,
            @Nullable String name,
            Optional<Set<String>> visible) {}
}
