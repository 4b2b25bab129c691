package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * In which lane a change is written. Changes of different lanes have nothing to do with each other: no row, and no unique
 * value. The answer follows from this record and the change alone, so that it is the same after a restart. Immutable.
 *
 * @param lanes how many there are, at least 2
 * @param tables by the name at the source; of a table that is not named all changes are in the first lane
 */
public record LaneLayout(int lanes, SortedMap<TableName, Spread> tables) {

    /**
     * How the changes of a table are spread.
     *
     * @param target the table that they fill; all that fill the same one are treated as one
     * @param key the columns, with their names at the source, whose values choose the lane; empty when the table is
     *     wholly in one. A change that names another key than this one counts as if it were empty
     */
    public record Spread(TableName target, List<String> key) {

        public Spread {
            key = List.copyOf(key);
        }
    }

    /** A change, or the half of one, and its lane. */
    public record Part(int lane, RowChange change) {}

    public LaneLayout {
        if (lanes < 2) {
            throw new IllegalArgumentException("lanes: " + lanes + ", must be at least 2");
        }
        tables = new TreeMap<>(tables);
    }

    /**
     * Divides a run of changes by lane, each in the order of the run.
     *
     * @return one list for each lane; null when the run must be written in its own order
     */
    public @Nullable List<List<ChangeRecord>> divide(List<ChangeRecord> changes) {
        List<List<ChangeRecord>> divided = new ArrayList<>();
        for (int i = 0; i < lanes; i++) {
            divided.add(new ArrayList<>(changes.size() / lanes + 1));
        }
        Map<TableName, List<String>> keys = new HashMap<>();
        for (ChangeRecord change : changes) {
            switch (change) {
                case RowChange row -> {
                    List<String> key = keys.putIfAbsent(target(row), row.key());
                    // Under two keys the same row may be in two lanes.
                    if (key != null && !key.equals(row.key())) {
                        return null;
                    }
                    parts(row).forEach(part -> divided.get(part.lane()).add(part.change()));
                }
                case Truncate truncate -> {
                    return null;
                }
                case Ddl ddl -> {
                    return null;
                }
                case TooLarge large -> throw new IllegalArgumentException("changes: one has not come");
                case TransactionEnd end -> {}
                case Heartbeat heartbeat -> {}
            }
        }
        return divided;
    }

    /** The change with its lane; a change of the key that leads to another lane is a deletion and an insertion. */
    List<Part> parts(RowChange change) {
        Row before = change.before();
        Row after = change.after();
        if (before == null || after == null) {
            Row row = after == null ? RowImages.present(before) : after;
            return List.of(new Part(laneOf(change, row), change));
        }
        int from = laneOf(change, before);
        int to = laneOf(change, after);
        if (from == to) {
            return List.of(new Part(to, change));
        }
        return List.of(
                new Part(from, half(Operation.DELETE, change, before, null, null)),
                new Part(to, half(Operation.INSERT, change, null, filled(before, after), change.described())));
    }

    private static RowChange half(
            Operation operation,
            RowChange change,
            @Nullable Row before,
            @Nullable Row after,
            @Nullable Columns described) {
        return new RowChange(
                operation,
                change.table(),
                change.key(),
                change.position(),
                before,
                after,
                change.commitMillis(),
                described);
    }

    /** With REPLICA IDENTITY FULL the old image is whole, and has what was not sent again. */
    private static Row filled(Row before, Row after) {
        if (before.columns().size() <= after.columns().size()) {
            return after;
        }
        List<String> names = before.columns().names();
        @Nullable String[] values = new @Nullable String[names.size()];
        for (int i = 0; i < values.length; i++) {
            int place = after.columns().place(names.get(i));
            values[i] = place < 0 ? before.value(i) : after.value(place);
        }
        return new Row(before.columns(), values);
    }

    private TableName target(RowChange change) {
        Spread spread = tables.get(change.table());
        return spread == null ? change.table() : spread.target();
    }

    private int laneOf(RowChange change, Row row) {
        Spread spread = tables.get(change.table());
        if (spread == null) {
            return 0;
        }
        int hash = 31 * spread.target().schema().hashCode()
                + spread.target().table().hashCode();
        List<String> key = spread.key();
        if (key.size() == change.key().size() && change.key().containsAll(key)) {
            for (String column : key) {
                String value = row.value(column);
                hash = 31 * hash + (value == null ? 0 : value.hashCode());
            }
        }
        // Numbers that follow each other have hashes that follow each other.
        return Math.floorMod((hash * 0x9E3779B9) >>> 8, lanes);
    }
}
