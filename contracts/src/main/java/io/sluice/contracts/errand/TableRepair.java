package io.sluice.contracts.errand;

import io.sluice.contracts.task.TableName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far the repair of one table of the target is.
 *
 * @param rows that the comparison has noted
 * @param repaired written or deleted
 * @param equal were the same on both sides by then
 * @param unsettled changed at the source whenever they were looked at; the stream brings these changes
 * @param refused were not written
 * @param sqlStates what the target answered, and how often; rows that Sluice itself left alone are not among them
 * @param detail for people to read: why rows were left alone; null when none was
 */
public record TableRepair(
        TableName table,
        long rows,
        long repaired,
        long equal,
        long unsettled,
        long refused,
        Map<String, Long> sqlStates,
        @Nullable String detail) {

    public TableRepair {
        sqlStates = Map.copyOf(sqlStates);
    }
}
