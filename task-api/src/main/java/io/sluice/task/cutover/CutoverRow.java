package io.sluice.task.cutover;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.Errand;
import io.sluice.task.errand.ErrandRow;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.util.List;

/** A cutover as it is stored. */
@Entity
@Table(name = "cutover")
class CutoverRow extends ErrandRow {

    String request = "";

    @Enumerated(EnumType.STRING)
    CutoverState state = CutoverState.RUNNING;

    String steps = "[]";

    Errand.Cutover errand() {
        Errand.Cutover asked = Json.read(request, Errand.Cutover.class);
        return state == CutoverState.ABORTING ? asked.abort() : asked;
    }

    List<CutoverStep> stepList() {
        return List.of(Json.read(steps, CutoverStep[].class));
    }
}
