package io.sluice.task.task;

import io.sluice.task.life.Commands;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that time moves, whichever instance looks at the clock: every step is taken under the lock of the task's row and
 * only from the state that it belongs to. Each method is one transaction.
 */
@ApplicationScoped
@Transactional
class DueTasks {

    private static final int BATCH = 20;
    private static final Duration WARNING = Duration.ofHours(24);

    private final TaskRepository tasks;
    private final TaskJournal journal;
    private final EntityManager entities;

    DueTasks(TaskRepository tasks, TaskJournal journal, EntityManager entities) {
        this.tasks = tasks;
        this.journal = journal;
        this.entities = entities;
    }

    /**
     * Delayed starts whose time has come, for this instance to carry out; another one gets them when they are still not
     * carried out after the lease.
     */
    List<Due> claimStarts(Instant now, Duration lease) {
        String sql = """
                UPDATE task SET start_claimed_until = ?
                WHERE id IN (
                    SELECT id FROM task
                    WHERE state = 'PENDING_START' AND start_at <= ?
                      AND (start_claimed_until IS NULL OR start_claimed_until <= ?)
                    ORDER BY start_at LIMIT ? FOR UPDATE SKIP LOCKED)
                RETURNING id, start_at
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, now.plus(lease).atOffset(ZoneOffset.UTC));
                statement.setObject(2, now.atOffset(ZoneOffset.UTC));
                statement.setObject(3, now.atOffset(ZoneOffset.UTC));
                statement.setInt(4, BATCH);
                List<Due> due = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        due.add(new Due(
                                row.getString(1),
                                row.getObject(2, OffsetDateTime.class).toInstant()));
                    }
                }
                return due;
            }
        });
    }

    /**
     * A delayed start whose time has come.
     *
     * @param at the time for which it was planned: another one is another start
     */
    record Due(String id, Instant at) {}

    /** Others may claim a start from then on; nothing when it was taken back or carried out meanwhile. */
    void claimUntil(Due due, Instant until) {
        tasks.findLocked(due.id())
                .filter(row -> row.state == TaskState.PENDING_START && due.at().equals(row.startAt))
                .ifPresent(row -> row.startClaimedUntil = until);
    }

    /**
     * The checks of a delayed start have failed.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code TASK_STATE} when the start was taken back meanwhile, {@code TASK_NOT_FOUND}
     */
    void refuseStart(Due due, TaskError why) {
        TaskRow row = tasks.lock(due.id());
        row.requirePlanned(due.at());
        journal.write(row, Commands.refuseStart(row.status(), why));
    }

    /** Tasks that have been paused or failed for autoStopDays, and of which that was said a day ago. */
    List<String> listAutoStops(Instant now) {
        return idle(now, "auto_stop_warned_at <= ?", now.minus(WARNING));
    }

    /** Tasks to which that comes within a day, and of which it was not said. */
    List<String> listAutoStopWarnings(Instant now) {
        return idle(now.plus(WARNING), "auto_stop_warned_at IS NULL", null);
    }

    /** Unless somebody has acted meanwhile. */
    void autoStop(String id, Instant now) {
        tasks.findLocked(id)
                .filter(row -> row.autoStopAt() != null && !now.isBefore(row.autoStopAt()))
                .filter(row -> row.autoStopWarnedAt != null && !now.isBefore(row.autoStopWarnedAt.plus(WARNING)))
                .filter(row -> !row.status().deleting())
                .ifPresent(row -> journal.write(row, Commands.autoStop(row.status(), row.autoStopDays)));
    }

    /** Once, unless somebody has acted meanwhile. */
    void warnOfAutoStop(String id, Instant now) {
        tasks.findLocked(id)
                .filter(row -> row.autoStopAt() != null
                        && row.autoStopWarnedAt == null
                        && !now.isBefore(row.autoStopAt().minus(WARNING)))
                .ifPresent(row -> {
                    Instant earliest = now.plus(WARNING);
                    Instant due = row.autoStopAt();
                    journal.write(
                            row,
                            Commands.warnOfAutoStop(
                                    row.status(), due == null || due.isBefore(earliest) ? earliest : due));
                    row.autoStopWarnedAt = now;
                });
    }

    /** Deletions of which nobody has seen the end for so long, and which have not told yet what they leave behind. */
    List<String> listDeletions(Instant before) {
        String sql = """
                SELECT id FROM task
                WHERE phase = 'DELETE' AND NOT resetting AND updated_at <= ?
                  AND (error_at IS NULL OR error_at < updated_at)
                ORDER BY updated_at LIMIT ?
                """;
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, before.atOffset(ZoneOffset.UTC));
                statement.setInt(2, BATCH);
                return ids(statement);
            }
        });
    }

    private List<String> idle(Instant when, String warned, @Nullable Instant warnedBefore) {
        String sql = """
                SELECT id FROM task
                WHERE idle_since IS NOT NULL AND idle_since + auto_stop_days * interval '24 hours' <= ?
                  AND (phase IS DISTINCT FROM 'DELETE' OR resetting)
                  AND\s""" + warned + " ORDER BY idle_since LIMIT ?";
        return entities.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int next = 1;
                statement.setObject(next++, when.atOffset(ZoneOffset.UTC));
                if (warnedBefore != null) {
                    statement.setObject(next++, warnedBefore.atOffset(ZoneOffset.UTC));
                }
                statement.setInt(next, BATCH);
                return ids(statement);
            }
        });
    }

    private static List<String> ids(PreparedStatement statement) throws SQLException {
        List<String> ids = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                ids.add(row.getString(1));
            }
        }
        return ids;
    }
}
