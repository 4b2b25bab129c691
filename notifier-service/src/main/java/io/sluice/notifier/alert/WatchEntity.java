package io.sluice.notifier.alert;

import io.sluice.contracts.Json;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.rule.Watch;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** What the rules remember of one task, in the database. Not thread-safe, as any entity. */
@Entity
@Table(name = "task_watch")
class WatchEntity {

    /** The state of a task that was deleted. Its row stays for a while: figures that come once more must not revive it. */
    static final String DELETED = "DELETED";

    @Id
    private String taskId;

    private String state;

    private String memory;
    private Instant heardAt;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    WatchEntity() {}

    @SuppressWarnings("NullAway.Init") // take() sets the rest
    WatchEntity(String taskId) {
        this.taskId = taskId;
        this.memory = Json.write(Watch.NEW);
    }

    Watch watch() {
        return Json.read(memory, Watch.class);
    }

    boolean isDeleted() {
        return DELETED.equals(state);
    }

    /** Nothing about the task counts any more. */
    void end(TaskEvent deleted) {
        take(deleted, Watch.NEW);
        state = DELETED;
    }

    void take(TaskEvent event, Watch watch) {
        state = event.state();
        memory = Json.write(watch);
        if (heardAt == null || event.at().isAfter(heardAt)) {
            heardAt = event.at();
        }
    }
}
