package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The net effect on a table whose rows have no key: how many rows of each look come and go. A table is then a multiset,
 * and since a row is only ever taken away when one that looks like it is there, the order in which they came and went
 * does not matter to what is left.
 */
final class KeylessPlan implements TargetPlan {

    private final TableShape shape;
    private final List<Step> before;
    private final Map<Row, Integer> copies = new LinkedHashMap<>();
    private boolean truncated;

    KeylessPlan(TableShape shape) {
        this(shape, null);
    }

    /** @param earlier what was planned for the table while its rows had a key */
    KeylessPlan(TableShape shape, @Nullable TargetPlan earlier) {
        this.shape = shape;
        this.truncated = earlier != null && earlier.truncated();
        this.before = earlier == null ? new ArrayList<>() : new ArrayList<>(earlier.finish());
    }

    @Override
    public void add(RowChange change) {
        if (change.described() != null) {
            shape.checkDescription(change.described());
        }
        switch (change.operation()) {
            case INSERT -> count(whole(RowImages.present(change.after())), 1);
            case UPDATE -> {
                Row old = whole(RowImages.present(change.before()));
                Row after = RowImages.present(change.after());
                shape.check(after, false);
                Row row = shape.aligned(shape.complete(after) ? after : shape.merge(old, after));
                if (!row.equals(old)) {
                    count(old, -1);
                    count(row, 1);
                }
            }
            case DELETE -> count(whole(RowImages.present(change.before())), -1);
        }
    }

    @Override
    public void truncate() {
        copies.clear();
        before.clear();
        truncated = true;
    }

    @Override
    public boolean truncated() {
        return truncated;
    }

    @Override
    public List<Step> finish() {
        List<Row> gone = new ArrayList<>();
        List<Integer> many = new ArrayList<>();
        List<Row> added = new ArrayList<>();
        copies.forEach((row, count) -> {
            for (int i = 0; i < count; i++) {
                added.add(row);
            }
            if (count < 0) {
                gone.add(row);
                many.add(-count);
            }
        });
        List<Step> steps = new ArrayList<>(before);
        if (!gone.isEmpty()) {
            steps.add(new Step.Remove(shape.table(), shape.columns(), gone, many));
        }
        if (!added.isEmpty()) {
            steps.add(new Step.Insert(shape.table(), shape.columns(), added));
        }
        copies.clear();
        return steps;
    }

    private void count(Row row, int more) {
        copies.merge(row, more, Integer::sum);
    }

    private Row whole(Row row) {
        shape.check(row, true);
        return shape.aligned(row);
    }
}
