package io.sluice.task.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A comparison as users see it.
 *
 * @param result null until it has ended
 * @param at when it is due; null when that was at once
 * @param tablesLeftOut how many tables are not listed; those that are not equal come first
 * @param repairSql where the statements are that make the target what the source is; null when there are none
 */
@Schema(name = "Comparison")
@JsonInclude(JsonInclude.Include.NON_NULL)
record ComparisonView(
        int number,
        ComparisonKind kind,
        ComparisonState state,
        @Nullable Result result,
        Instant requestedAt,
        String requestedBy,
        @Nullable Instant at,

        @Schema(type = SchemaType.STRING, format = "duration") @Nullable
        Duration every,

        int workers,
        @Nullable Long maxRowsPerSecond,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable ErrorCode code,
        @Nullable String detail,
        List<Table> tables,
        long tablesLeftOut,
        @Nullable Objects objects,
        @Nullable String repairSql) {

    ComparisonView withTables(List<Table> others) {
        return new ComparisonView(
                number,
                kind,
                state,
                result,
                requestedAt,
                requestedBy,
                at,
                every,
                workers,
                maxRowsPerSecond,
                startedAt,
                endedAt,
                code,
                detail,
                List.copyOf(others),
                tablesLeftOut,
                objects,
                repairSql);
    }

    /** What it says as a whole. */
    enum Result {
        EQUAL,
        DIFFERENT,
        /** No difference was found, but not everything could be compared. */
        INCOMPLETE
    }

    /**
     * One table of the target.
     *
     * @param table at the source; the first one where several go into one of the target
     * @param sources all of them, where there are several
     * @param differences the first rows that differ; only of a comparison that has ended
     */
    @Schema(name = "ComparedTable")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Table(
            String table,
            @Nullable List<String> sources,
            String target,
            TableComparison.State state,
            long sourceRows,
            long targetRows,
            long missing,
            long extra,
            long changed,
            long unsettled,
            boolean atLeast,
            @Nullable ErrorCode code,
            @Nullable String detail,
            @Nullable List<RowDifference> differences) {

        static Table of(TableComparison table, @Nullable List<RowDifference> differences) {
            List<String> sources =
                    table.sources().stream().map(TableName::toString).toList();
            return new Table(
                    sources.getFirst(),
                    sources.size() > 1 ? sources : null,
                    table.table().toString(),
                    table.state(),
                    table.sourceRows(),
                    table.targetRows(),
                    table.missing(),
                    table.extra(),
                    table.changed(),
                    table.unsettled(),
                    table.atLeast(),
                    table.code(),
                    table.detail(),
                    differences);
        }
    }

    /** @param differences how many there are, without what is lagging; the first thousand are listed */
    @Schema(name = "ComparedObjects")
    record Objects(long compared, long differences, List<ObjectDifference> items) {}
}
