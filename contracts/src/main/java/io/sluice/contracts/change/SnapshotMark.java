package io.sluice.contracts.change;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first and the last record of a snapshot in the topic of snapshots; see {@code docs/change-events.md}.
 *
 * @param status {@link #BEGIN} or {@link #END}
 * @param snapshot the id of the snapshot
 * @param visible which transactions it has seen, as PostgreSQL writes a {@code pg_snapshot}
 * @param lsn where the source's log ended when it was taken: what was committed after it was not seen
 * @param tables that are in it, in the order in which they are read
 * @param rows of all tables; null at the beginning
 * @param millis the source's clock when it was taken
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SnapshotMark(
        String status,
        String snapshot,
        String visible,
        Lsn lsn,
        List<TableName> tables,
        @Nullable Long rows,
        @JsonProperty("ts_ms") long millis) {

    public static final String BEGIN = "BEGIN";
    public static final String END = "END";

    public SnapshotMark {
        tables = List.copyOf(tables);
    }

    public SnapshotMark end(long allRows) {
        return new SnapshotMark(END, snapshot, visible, lsn, tables, allRows, millis);
    }
}
