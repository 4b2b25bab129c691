package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.hibernate.orm.panache.PanacheRepository;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.task.life.Note;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What happened to tasks. */
@ApplicationScoped
public class TaskHistory implements PanacheRepository<TaskEventRow> {

    private final CurrentCaller callers;

    TaskHistory(CurrentCaller callers) {
        this.callers = callers;
    }

    /** @return the id, which grows with every line */
    String add(String taskId, TaskState state, Note note, Instant at) {
        TaskEventRow row = new TaskEventRow();
        row.taskId = taskId;
        row.at = at;
        row.kind = note.kind();
        row.state = state;
        row.code = note.code();
        row.detail = note.detail();
        row.actor = note.kind() == Note.Kind.USER_ACTION ? callers.get().name() : null;
        persist(row);
        return String.valueOf(row.id);
    }

    /** An id for an event of which no line stays; it grows with those of the lines. */
    String nextId() {
        return String.valueOf(getEntityManager()
                .createNativeQuery("SELECT nextval(pg_get_serial_sequence('task_event', 'id'))", Long.class)
                .getSingleResult());
    }

    /** 0 when there is none. */
    long newest(String taskId) {
        Long id = find("taskId = ?1 order by id desc", taskId)
                .project(LineId.class)
                .page(0, 1)
                .firstResultOptional()
                .map(LineId::id)
                .orElse(null);
        return id == null ? 0 : id;
    }

    /** Oldest first; one task's lines are committed in the order of their ids. */
    List<Item> after(String taskId, long id, int limit) {
        return find("taskId = ?1 and id > ?2 order by id", taskId, id).page(0, limit).list().stream()
                .map(Item::of)
                .toList();
    }

    /** Keeps the newest lines of each task. */
    void trim(int lines) {
        String sql = """
                DELETE FROM task_event line
                USING (
                    SELECT task.id, (
                        SELECT old.id FROM task_event old
                        WHERE old.task_id = task.id ORDER BY old.id DESC OFFSET ? LIMIT 1) AS newest_gone
                    FROM task) cut
                WHERE line.task_id = cut.id AND line.id <= cut.newest_gone
                """;
        getEntityManager().createNativeQuery(sql).setParameter(1, lines).executeUpdate();
    }

    /** Newest first. */
    Page<Item> page(String taskId, PageRequest request) {
        String after = request.after();
        List<TaskEventRow> rows = (after == null
                        ? find("taskId = ?1 order by id desc", taskId)
                        : find("taskId = ?1 and id < ?2 order by id desc", taskId, id(after)))
                .page(0, request.fetchSize())
                .list();
        return Page.of(request, rows, row -> String.valueOf(row.id)).map(Item::of);
    }

    private static long id(String cursor) {
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /** The id alone. */
    record LineId(Long id) {}

    /**
     * @param state of the task after this line
     * @param actor who asked for it; only of a user action
     */
    public record Item(
            long id,
            Instant at,
            Note.Kind kind,
            TaskState state,
            @Nullable ErrorCode code,
            String detail,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String actor) {

        static Item of(TaskEventRow row) {
            return new Item(
                    Objects.requireNonNull(row.id), row.at, row.kind, row.state, row.code, row.detail, row.actor);
        }
    }
}
