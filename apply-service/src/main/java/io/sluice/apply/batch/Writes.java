package io.sluice.apply.batch;

import io.sluice.apply.batch.Step.Expected;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of one table with a key, gathered into as few steps as possible; each key comes once. */
final class Writes {

    private final TableShape shape;
    private final List<String> key;
    private final Map<Expected, List<Row>> gone = new EnumMap<>(Expected.class);
    private final Map<Columns, Updates> updates = new LinkedHashMap<>();
    private final List<Row> inserts = new ArrayList<>();
    private final List<Row> upserts = new ArrayList<>();

    /** The rows that set the same columns. */
    private record Updates(List<Row> keys, List<Row> rows) {}

    Writes(TableShape shape, List<String> key) {
        this.shape = shape;
        this.key = key;
    }

    void delete(Row rowKey, Expected expected) {
        gone.computeIfAbsent(expected, any -> new ArrayList<>()).add(rowKey);
    }

    void update(Row rowKey, Row row) {
        Updates alike =
                updates.computeIfAbsent(row.columns(), columns -> new Updates(new ArrayList<>(), new ArrayList<>()));
        alike.keys().add(rowKey);
        alike.rows().add(row);
    }

    void insert(Row row) {
        inserts.add(row);
    }

    void upsert(Row row) {
        upserts.add(row);
    }

    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        gone.forEach((expected, keys) -> steps.add(new Step.Delete(shape.table(), key, keys, expected)));
        updates.forEach((columns, alike) ->
                steps.add(new Step.Update(shape.table(), key, alike.keys(), settable(key, columns), alike.rows())));
        if (!inserts.isEmpty()) {
            steps.add(new Step.Insert(shape.table(), shape.columns(), inserts));
        }
        if (!upserts.isEmpty()) {
            steps.add(new Step.Upsert(shape.table(), key, shape.columns(), upserts));
        }
        return steps;
    }

    /** The key stays as it is; setting it again would cost more, and distributed targets forbid it. */
    static Columns settable(List<String> key, Columns columns) {
        List<String> others =
                columns.names().stream().filter(name -> !key.contains(name)).toList();
        // A table that is all key has no update that leaves the key alone, so this one changes nothing.
        return others.isEmpty() ? columns : new Columns(others);
    }
}
