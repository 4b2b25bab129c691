package io.sluice.task.snapshot;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.task.errand.ErrandRow;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A snapshot as it is stored. */
@Entity
@Table(name = "snapshot")
class SnapshotRow extends ErrandRow {

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
}
