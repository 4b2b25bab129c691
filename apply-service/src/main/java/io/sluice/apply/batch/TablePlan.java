package io.sluice.apply.batch;

import static io.sluice.apply.batch.RowImages.present;

import io.sluice.apply.batch.Step.Expected;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The net effect of a run of changes on one table whose rows have a key. Changes to one key collapse to one {@link Net};
 * what cannot be collapsed (a changed key whose row is not known in full) closes the steps so far and starts anew.
 */
final class TablePlan implements TargetPlan {

    /** What a key's changes come to so far. */
    private sealed interface Net {

        /** The row was there before the first of the changes, as far as they say. */
        boolean wasThere();

        /** The row is gone. */
        record Gone(boolean wasThere) implements Net {}

        /** The row is there with these values, all of them known. */
        record Whole(Row row, boolean wasThere) implements Net {}

        /** The row was there before the batch, and has these values in these columns. */
        record Part(Row row) implements Net {

            @Override
            public boolean wasThere() {
                return true;
            }
        }
    }

    private final TableShape shape;
    private final PlanMode mode;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Row, Net> nets = new LinkedHashMap<>();
    private boolean truncated;
    private List<String> key = List.of();
    private Columns keyColumns = new Columns(List.of());

    /** @param earlier what was planned for the table while its rows had no key */
    TablePlan(TableShape shape, PlanMode mode, @Nullable TargetPlan earlier) {
        this.shape = shape;
        this.mode = mode;
        if (earlier != null) {
            truncated = earlier.truncated();
            steps.addAll(earlier.finish());
        }
    }

    @Override
    public void add(RowChange change) {
        if (change.described() != null) {
            shape.checkDescription(change.described());
        }
        useKey(change.key());
        switch (change.operation()) {
            case INSERT -> insert(present(change.after()));
            case UPDATE -> update(change.before(), present(change.after()));
            case DELETE -> delete(keyOf(present(change.before())));
        }
    }

    @Override
    public void truncate() {
        nets.clear();
        steps.clear();
        truncated = true;
    }

    @Override
    public boolean truncated() {
        return truncated;
    }

    @Override
    public List<Step> finish() {
        close();
        return steps;
    }

    private void insert(Row row) {
        shape.check(row, true);
        if (mode == PlanMode.EXACT) {
            steps.add(new Step.InsertMissing(shape.table(), key, shape.columns(), List.of(row)));
            return;
        }
        Row rowKey = keyOf(row);
        nets.put(rowKey, new Net.Whole(row, wasThere(rowKey, false)));
    }

    private void delete(Row rowKey) {
        nets.put(rowKey, new Net.Gone(wasThere(rowKey, true)));
    }

    private void update(@Nullable Row before, Row after) {
        shape.check(after, false);
        // With REPLICA IDENTITY FULL the old image is whole, and fills what was not sent again.
        Row row = before == null || shape.complete(after) ? after : filled(before, after);
        Row newKey = keyOf(row);
        Row oldKey = before == null ? newKey : keyOf(before);
        if (mode == PlanMode.EXACT) {
            addUpdate(oldKey, row);
        } else if (oldKey.equals(newKey)) {
            Net known = nets.get(newKey);
            nets.put(newKey, known == null ? firstUpdate(row) : updated(known, row));
        } else {
            move(oldKey, newKey, row);
        }
    }

    private void move(Row oldKey, Row newKey, Row sent) {
        Row row = !shape.complete(sent) && nets.get(oldKey) instanceof Net.Whole(Row known, boolean there)
                ? shape.merge(known, sent)
                : sent;
        if (shape.complete(row)) {
            delete(oldKey);
            nets.put(newKey, new Net.Whole(row, wasThere(newKey, false)));
        } else {
            // The unchanged TOAST values must be carried over from the row on the target.
            close();
            addUpdate(oldKey, row);
        }
    }

    private void addUpdate(Row oldKey, Row row) {
        Columns set = oldKey.equals(keyOf(row)) ? Writes.settable(key, row.columns()) : row.columns();
        steps.add(new Step.Update(shape.table(), key, List.of(oldKey), set, List.of(row)));
    }

    private boolean wasThere(Row rowKey, boolean first) {
        Net known = nets.get(rowKey);
        return known == null ? first : known.wasThere();
    }

    private Net firstUpdate(Row row) {
        return shape.complete(row) ? new Net.Whole(row, true) : new Net.Part(row);
    }

    private Net updated(Net before, Row row) {
        if (shape.complete(row)) {
            return new Net.Whole(row, before.wasThere());
        }
        return switch (before) {
            case Net.Whole(Row known, boolean there) -> new Net.Whole(shape.merge(known, row), there);
            case Net.Part(Row known) -> firstUpdate(shape.merge(known, row));
            // A row that is gone cannot be changed in part: nothing to do, as at the source.
            case Net.Gone gone -> gone;
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
        if (!names.equals(key)) {
            close();
            shape.checkKey(names);
            key = names;
            keyColumns = new Columns(names);
        }
    }

    /** Turns the nets into steps: deletes first, so that values of secondary unique keys are free for the others. */
    private void close() {
        Writes writes = new Writes(shape, key);
        nets.forEach((rowKey, net) -> {
            switch (net) {
                case Net.Gone(boolean there) -> writes.delete(rowKey, expected(there));
                case Net.Part(Row row) -> writes.update(rowKey, row);
                case Net.Whole(Row row, boolean there) -> {
                    if (mode == PlanMode.LENIENT) {
                        writes.upsert(row);
                    } else if (there) {
                        writes.update(rowKey, row);
                    } else {
                        writes.insert(row);
                    }
                }
            }
        });
        steps.addAll(writes.steps());
        nets.clear();
    }

    private Expected expected(boolean there) {
        if (mode == PlanMode.LENIENT) {
            return Expected.ANY;
        }
        return there ? Expected.PRESENT : Expected.ABSENT;
    }
}
