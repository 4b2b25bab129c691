package io.sluice.task.snapshot;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A snapshot as it is stored. */
@Entity
@Table(name = "snapshot")
@IdClass(SnapshotRow.Key.class)
class SnapshotRow {

    @Id
    @Column(name = "task_id")
    String taskId = "";

    @Id
    int number;

    @Enumerated(EnumType.STRING)
    SnapshotState state = SnapshotState.RUNNING;

    /** JSON; empty for all. */
    String tables = "[]";

    /** Of the newest attempt, as its records have it. */
    @Column(name = "snapshot_id")
    @Nullable
    String snapshotId;

    @Column(name = "tables_read")
    int tablesRead;

    @Column(name = "row_count")
    long rows;

    @Column(name = "requested_at")
    Instant requestedAt = Instant.EPOCH;

    @Column(name = "requested_by")
    String requestedBy = "";

    @Column(name = "ended_at")
    @Nullable
    Instant endedAt;

    @Enumerated(EnumType.STRING)
    @Column(name = "error_code")
    @Nullable
    ErrorCode errorCode;

    @Column(name = "error_detail")
    @Nullable
    String errorDetail;

    List<TableName> tableList() {
        return List.of(Json.read(tables, TableName[].class));
    }

    void end(SnapshotState how, Instant now) {
        state = how;
        endedAt = now;
    }

    /** Its primary key. */
    record Key(String taskId, int number) implements Serializable {}
}
