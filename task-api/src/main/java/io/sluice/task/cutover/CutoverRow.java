package io.sluice.task.cutover;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.Errand;
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

/** A cutover as it is stored. */
@Entity
@Table(name = "cutover")
@IdClass(CutoverRow.Key.class)
class CutoverRow {

    @Id
    @Column(name = "task_id")
    String taskId = "";

    @Id
    int number;

    String request = "";

    @Enumerated(EnumType.STRING)
    CutoverState state = CutoverState.RUNNING;

    String steps = "[]";

    @Column(name = "requested_at")
    Instant requestedAt = Instant.EPOCH;

    @Column(name = "requested_by")
    String requestedBy = "";

    @Column(name = "ended_at")
    @Nullable
    Instant endedAt;

    Errand.Cutover errand() {
        Errand.Cutover asked = Json.read(request, Errand.Cutover.class);
        return state == CutoverState.ABORTING ? asked.abort() : asked;
    }

    List<CutoverStep> stepList() {
        return List.of(Json.read(steps, CutoverStep[].class));
    }

    /** Its primary key. */
    record Key(String taskId, int number) implements Serializable {}
}
