package io.sluice.task.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A repair as users see it.
 *
 * @param number among the repairs of the task
 * @param code why it could not go on
 */
@Schema(name = "Repair")
@JsonInclude(JsonInclude.Include.NON_NULL)
record RepairView(
        int number,
        int comparison,
        RepairState state,
        Instant requestedAt,
        String requestedBy,
        @Nullable Instant endedAt,
        @Nullable ErrorCode code,
        @Nullable String detail,
        List<Table> tables) {

    static RepairView of(RepairRow row) {
        return new RepairView(
                row.number,
                row.comparison,
                row.state,
                row.requestedAt,
                row.requestedBy,
                row.endedAt,
                row.errorCode,
                row.errorDetail,
                row.tableList().stream().map(Table::of).toList());
    }

    /**
     * One table of the target.
     *
     * @param rows that the comparison has noted
     * @param repaired written or deleted
     * @param equal were the same on both sides by then
     * @param unsettled changed at the source whenever they were looked at
     * @param refused were not written
     * @param sqlStates what the target answered, and how often
     */
    @Schema(name = "RepairedTable")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Table(
            String target,
            long rows,
            long repaired,
            long equal,
            long unsettled,
            long refused,
            Map<String, Long> sqlStates,
            @Nullable String detail) {

        static Table of(TableRepair table) {
            return new Table(
                    table.table().toString(),
                    table.rows(),
                    table.repaired(),
                    table.equal(),
                    table.unsettled(),
                    table.refused(),
                    table.sqlStates(),
                    table.detail());
        }
    }
}
