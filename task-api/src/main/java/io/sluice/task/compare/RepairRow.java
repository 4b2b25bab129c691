package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.task.errand.ErrandRow;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A repair as it is stored. */
@Entity
@Table(name = "repair")
class RepairRow extends ErrandRow {

    int comparison;

    @Enumerated(EnumType.STRING)
    RepairState state = RepairState.RUNNING;

    String tables = "[]";

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
}
