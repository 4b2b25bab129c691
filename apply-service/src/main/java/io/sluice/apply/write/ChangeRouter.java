package io.sluice.apply.write;

import io.sluice.apply.change.MappedTable;
import io.sluice.apply.change.TransformedTable;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import io.sluice.transform.TransformFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says what changes of the source mean for the target: under which names, with which values, and whether they mean
 * anything there, when a filter or a transform leaves rows out. Not thread-safe.
 */
final class ChangeRouter {

    private final Connection target;
    private final TargetTables tables;
    private final Map<TableName, MappedTable> mapped;
    private final Map<TableName, RowFilter> filters;
    private final Map<TableName, TransformedTable> transformed;
    private final Set<TableName> shared;

    /**
     * @param mapped by the name at the source
     * @param filters likewise; tables without a filter are left out
     * @param transformed likewise; tables without a transform are left out
     * @param shared tables of the source whose table on the target is filled by others, too
     */
    ChangeRouter(
            Connection target,
            TargetTables tables,
            Map<TableName, MappedTable> mapped,
            Map<TableName, RowFilter> filters,
            Map<TableName, TransformedTable> transformed,
            Set<TableName> shared) {
        this.target = target;
        this.tables = tables;
        this.mapped = mapped;
        this.filters = filters;
        this.transformed = transformed;
        this.shared = shared;
    }

    /** The changes in the target's terms, in the same order. */
    List<ChangeRecord> route(List<ChangeRecord> changes) throws SQLException, RefusedChange {
        IdentityHashMap<Row, Boolean> verdicts = filters.isEmpty() ? new IdentityHashMap<>() : judge(changes);
        List<ChangeRecord> routed = new ArrayList<>(changes.size());
        for (ChangeRecord change : changes) {
            switch (change) {
                case RowChange row -> {
                    RowFilter filter = filters.isEmpty() ? null : filters.get(row.table());
                    RowChange meant = filter == null ? row : filtered(row, filter, verdicts);
                    RowChange there = meant == null ? null : mapped(meant);
                    if (meant != null && there != null) {
                        routed.add(complete(there, meant));
                    }
                }
                case Truncate truncate -> {
                    if (shared.contains(truncate.table())) {
                        throw new RefusedChange(
                                "0A000",
                                "TRUNCATE of " + truncate.table()
                                        + " was not carried out: other tables of the source have rows in the same table of"
                                        + " the target. Delete its rows there by hand, then skip this.");
                    }
                    routed.add(mappingOf(truncate.table()).map(truncate));
                }
                case Ddl ddl -> throw new IllegalArgumentException("changes: rows before and after DDL are two runs");
                case TooLarge large -> throw new IllegalArgumentException("changes: one has not come");
                case TransactionEnd end -> {}
                case Heartbeat heartbeat -> {}
            }
        }
        return routed;
    }

    private @Nullable RowChange mapped(RowChange change) throws RefusedChange {
        TransformedTable table = transformed.get(change.table());
        if (table == null) {
            return mappingOf(change.table()).map(change);
        }
        try {
            return table.map(change);
        } catch (TransformFailure e) {
            throw new RefusedChange(
                    e.undecidable() ? RefusedChange.NO_DATA : RefusedChange.DATA,
                    "The transform of the table fails: " + e.getMessage() + "."
                            + (e.undecidable() ? " Set REPLICA IDENTITY FULL at the source." : ""));
        }
    }

    private MappedTable mappingOf(TableName source) {
        MappedTable table = mapped.get(source);
        if (table == null) {
            throw new IllegalArgumentException("change: " + source + " is not a table of the task");
        }
        return table;
    }

    /** A row that moves into the filter, or is not left out by the transform any more, has to be known in full; otherwise the target would have to guess. */
    private RowChange complete(RowChange change, RowChange sent) throws RefusedChange {
        if ((filters.containsKey(sent.table()) || transformed.containsKey(sent.table()))
                && change.operation() == Operation.INSERT
                && change.after() != null
                && !tables.shape(change.table()).complete(change.after())) {
            throw new RefusedChange(
                    RefusedChange.NO_DATA,
                    "The row has come to fit the filter or the transform, and the source has not sent its large values, which did not"
                            + " change. Set REPLICA IDENTITY FULL at the source, and write the row by hand.");
        }
        return change;
    }

    private IdentityHashMap<Row, Boolean> judge(List<ChangeRecord> changes) throws SQLException {
        Map<TableName, List<Row>> images = new LinkedHashMap<>();
        for (ChangeRecord change : changes) {
            if (change instanceof RowChange row) {
                RowFilter filter = filters.get(row.table());
                if (filter != null) {
                    List<Row> rows = images.computeIfAbsent(row.table(), any -> new ArrayList<>());
                    add(rows, filter, row.before());
                    add(rows, filter, row.after());
                }
            }
        }
        IdentityHashMap<Row, Boolean> verdicts = new IdentityHashMap<>();
        for (Map.Entry<TableName, List<Row>> one : images.entrySet()) {
            filters.get(one.getKey()).judge(target, one.getValue(), verdicts);
        }
        return verdicts;
    }

    private static void add(List<Row> rows, RowFilter filter, @Nullable Row image) {
        if (image != null && filter.judges(image)) {
            rows.add(image);
        }
    }

    /** What the change means for the rows that fit; null when it means nothing. */
    private static @Nullable RowChange filtered(
            RowChange change, RowFilter filter, IdentityHashMap<Row, Boolean> verdicts) {
        boolean is = change.operation() != Operation.DELETE && verdict(change.after(), filter, verdicts);
        boolean was = change.operation() != Operation.INSERT && was(change, filter, verdicts, is);
        if (is) {
            return was ? change : as(Operation.INSERT, change, null, change.after());
        }
        Row old = change.before() == null ? change.after() : change.before();
        return was ? as(Operation.DELETE, change, old, null) : null;
    }

    private static boolean was(RowChange change, RowFilter filter, IdentityHashMap<Row, Boolean> verdicts, boolean is) {
        if (change.before() != null) {
            return verdict(change.before(), filter, verdicts);
        }
        // No old image means that the key is as it was.
        if (!filter.needsOnly(change.key())) {
            throw filter.undecidable();
        }
        return is;
    }

    private static boolean verdict(@Nullable Row row, RowFilter filter, IdentityHashMap<Row, Boolean> verdicts) {
        Boolean verdict = row == null ? null : verdicts.get(row);
        if (verdict == null) {
            throw filter.undecidable();
        }
        return verdict;
    }

    private static RowChange as(Operation operation, RowChange change, @Nullable Row before, @Nullable Row after) {
        return new RowChange(
                operation, change.table(), change.key(), change.position(), before, after, change.commitMillis());
    }
}
