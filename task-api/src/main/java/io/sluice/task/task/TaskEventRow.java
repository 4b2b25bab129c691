package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.task.life.Note;
import io.sluice.task.life.TaskState;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One line of a task's history. */
@Entity
@Table(name = "task_event")
class TaskEventRow {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Nullable
    Long id;

    @Column(name = "task_id")
    String taskId = "";

    Instant at = Instant.EPOCH;

    @Enumerated(EnumType.STRING)
    Note.Kind kind = Note.Kind.STATE_CHANGED;

    /** After this line. */
    @Enumerated(EnumType.STRING)
    TaskState state = TaskState.CONFIGURATION;

    @Enumerated(EnumType.STRING)
    @Nullable
    ErrorCode code;

    String detail = "";

    /** Who asked for it; only of a user action. */
    @Nullable
    String actor;
}
