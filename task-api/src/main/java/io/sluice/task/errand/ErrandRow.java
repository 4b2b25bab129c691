package io.sluice.task.errand;

import jakarta.persistence.Column;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.MappedSuperclass;
import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What somebody has asked for, as it is stored; numbered within its task and kind, from 1. */
@MappedSuperclass
@IdClass(ErrandRow.Key.class)
public abstract class ErrandRow {

    @Id
    @Column(name = "task_id")
    public String taskId = "";

    @Id
    public int number;

    @Column(name = "requested_at")
    public Instant requestedAt = Instant.EPOCH;

    @Column(name = "requested_by")
    public String requestedBy = "";

    @Column(name = "ended_at")
    @Nullable
    public Instant endedAt;

    /** Its primary key. */
    public record Key(String taskId, int number) implements Serializable {}
}
