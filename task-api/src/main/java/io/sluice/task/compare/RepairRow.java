package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
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

/** A repair as it is stored. */
@Entity
@Table(name = "repair")
@IdClass(RepairRow.Key.class)
class RepairRow {

    @Id
    @Column(name = "task_id")
    String taskId = "";

    @Id
    int number;

    int comparison;

    @Enumerated(EnumType.STRING)
    RepairState state = RepairState.RUNNING;

    String tables = "[]";

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

    List<TableRepair> tableList() {
        return List.of(Json.read(tables, TableRepair[].class));
    }

    /** Its primary key. */
    record Key(String taskId, int number) implements Serializable {}
}
