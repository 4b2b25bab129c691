package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The net effect of a run of changes on one table. Changes to one key collapse to one {@link Net}; what cannot be
 * collapsed (TRUNCATE, a changed key whose row is not known in full) closes the steps so far and starts anew.
 */
final class TablePlan {

    /** What a key's changes come to so far. */
    private sealed interface Net {

        /** The row is gone; it may have been there before the batch. */
        record Gone() implements Net {}

        /** The row is there with these values, all of them known. */
        record Whole(Row row) implements Net {}

        /** The row was there before the batch, and has these values in these columns. */
        record Part(Row row) implements Net {}
    }

    private static final Net GONE = new Net.Gone();

    private final TableShape shape;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Row, Net> nets = new LinkedHashMap<>();
    private List<String> key = List.of();
    private Columns keyColumns = new Columns(List.of());

    TablePlan(TableShape shape) {
        this.shape = shape;
    }

    void add(RowChange change) {
        useKey(change.key());
        switch (change.operation()) {
            case INSERT -> insert(present(change.after()));
            case UPDATE -> update(change.before(), present(change.after()));
            case DELETE -> nets.put(keyOf(present(change.before())), GONE);
        }
    }

    void truncate() {
        // Whatever the batch did before to this table does not matter any more.
        nets.clear();
        steps.clear();
        steps.add(new Step.Truncate(shape.table()));
    }

    List<Step> finish() {
        close();
        return steps;
    }

    private void insert(Row row) {
        shape.check(row, true);
        nets.put(keyOf(row), new Net.Whole(row));
    }

    private void update(@Nullable Row before, Row after) {
        shape.check(after, false);
        // With REPLICA IDENTITY FULL the old image is whole, and fills what was not sent again.
        Row row = before == null || shape.complete(after) ? after : filled(before, after);
        Row newKey = keyOf(row);
        Row oldKey = before == null ? newKey : keyOf(before);
        if (oldKey.equals(newKey)) {
            nets.merge(newKey, shape.complete(row) ? new Net.Whole(row) : new Net.Part(row), this::updated);
            return;
        }
        if (!shape.complete(row) && nets.get(oldKey) instanceof Net.Whole(Row known)) {
            row = shape.merge(known, row);
        }
        if (shape.complete(row)) {
            nets.put(oldKey, GONE);
            nets.put(newKey, new Net.Whole(row));
        } else {
            // The unchanged TOAST values must be carried over from the row on the target.
            close();
            steps.add(new Step.Update(shape.table(), key, List.of(oldKey), row.columns(), List.of(row)));
        }
    }

    private Net updated(Net before, Net update) {
        if (!(update instanceof Net.Part(Row part))) {
            return update;
        }
        return switch (before) {
            case Net.Whole(Row known) -> new Net.Whole(shape.merge(known, part));
            case Net.Part(Row known) -> {
                Row merged = shape.merge(known, part);
                yield shape.complete(merged) ? new Net.Whole(merged) : new Net.Part(merged);
            }
            // A row that is gone cannot be changed in part: nothing to do, as at the source.
            case Net.Gone() -> before;
        };
    }

    private Row filled(Row before, Row after) {
        return shape.complete(before) ? shape.merge(before, after) : after;
    }

    private Row keyOf(Row row) {
        if (row.columns().equals(keyColumns)) {
            return row;
        }
        @Nullable String[] values = new @Nullable String[key.size()];
        Arrays.setAll(values, i -> row.value(key.get(i)));
        return new Row(keyColumns, values);
    }

    private void useKey(List<String> names) {
        if (names.equals(key)) {
            return;
        }
        if (names.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TABLE_WITHOUT_KEY,
                    "Rows of table " + shape.table() + " cannot be identified: it has no primary key at the source.");
        }
        close();
        key = names;
        keyColumns = new Columns(names);
    }

    /** Turns the nets into steps: deletes first, so that values of secondary unique keys are free for the others. */
    private void close() {
        List<Row> gone = new ArrayList<>();
        List<Row> whole = new ArrayList<>();
        Map<Columns, List<Map.Entry<Row, Row>>> parts = new HashMap<>();
        nets.forEach((keyRow, net) -> {
            switch (net) {
                case Net.Gone() -> gone.add(keyRow);
                case Net.Whole(Row row) -> whole.add(row);
                case Net.Part(Row row) ->
                    parts.computeIfAbsent(row.columns(), columns -> new ArrayList<>())
                            .add(Map.entry(keyRow, row));
            }
        });
        if (!gone.isEmpty()) {
            steps.add(new Step.Delete(shape.table(), key, gone));
        }
        parts.forEach((columns, rows) -> steps.add(new Step.Update(
                shape.table(),
                key,
                rows.stream().map(Map.Entry::getKey).toList(),
                columns,
                rows.stream().map(Map.Entry::getValue).toList())));
        if (!whole.isEmpty()) {
            steps.add(new Step.Upsert(shape.table(), key, shape.columns(), whole));
        }
        nets.clear();
    }

    private static Row present(@Nullable Row row) {
        if (row == null) {
            throw new IllegalArgumentException("change: the row image is missing");
        }
        return row;
    }
}
