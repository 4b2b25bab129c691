package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.task.errand.ErrandRow;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A comparison as it is stored. */
@Entity
@Table(name = "comparison")
class ComparisonRow extends ErrandRow {

    @Enumerated(EnumType.STRING)
    ComparisonKind kind = ComparisonKind.CONTENT;

    @Enumerated(EnumType.STRING)
    ComparisonState state = ComparisonState.REQUESTED;

    String tables = "[]";

    int workers = 1;

    @Column(name = "max_rows_per_second")
    @Nullable
    Long maxRowsPerSecond;

    /** When it is due; null when that was at once. */
    @Nullable
    Instant at;

    @Column(name = "every_seconds")
    @Nullable
    Long everySeconds;

    @Column(name = "started_at")
    @Nullable
    Instant startedAt;

    @Enumerated(EnumType.STRING)
    @Column(name = "error_code")
    @Nullable
    ErrorCode errorCode;

    @Column(name = "error_detail")
    @Nullable
    String errorDetail;

    @Column(name = "objects_compared")
    @Nullable
    Long objectsCompared;

    @Column(name = "objects_different")
    @Nullable
    Long objectsDifferent;

    List<TableName> tableNames() {
        return List.of(Json.read(tables, TableName[].class));
    }

    @Nullable
    Duration every() {
        return everySeconds == null ? null : Duration.ofSeconds(everySeconds);
    }

    Errand.Comparison errand() {
        return new Errand.Comparison(number, kind, tableNames(), workers, maxRowsPerSecond);
    }

    /** The next one of a series. */
    ComparisonRow following(int newNumber, Instant due, Instant now) {
        ComparisonRow next = new ComparisonRow();
        next.taskId = taskId;
        next.number = newNumber;
        next.kind = kind;
        next.state = ComparisonState.SCHEDULED;
        next.tables = tables;
        next.workers = workers;
        next.maxRowsPerSecond = maxRowsPerSecond;
        next.requestedAt = now;
        next.requestedBy = requestedBy;
        next.at = due;
        next.everySeconds = everySeconds;
        return next;
    }
}
