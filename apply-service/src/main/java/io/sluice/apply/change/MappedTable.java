package io.sluice.apply.change;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableMapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns changes of one table of the source into changes of its table on the target. Not thread-safe. */
public final class MappedTable {

    private final TableMapping mapping;
    private final boolean sameColumns;
    private final boolean same;
    private final Map<Columns, Projection> projections = new HashMap<>();
    private final Map<List<String>, List<String>> keys = new HashMap<>();

    /** Which values of a row go over, and what their columns are called there. */
    private static final class Projection {

        private final Columns columns;
        private final int[] places;

        private Projection(Columns columns, int[] places) {
            this.columns = columns;
            this.places = places;
        }

        private Row of(Row row) {
            @Nullable String[] values = new @Nullable String[places.length];
            for (int i = 0; i < places.length; i++) {
                values[i] = row.value(places[i]);
            }
            return new Row(columns, values);
        }
    }

    public MappedTable(TableMapping mapping) {
        this.mapping = mapping;
        this.sameColumns = mapping.sameColumns();
        this.same = sameColumns && mapping.source().equals(mapping.target());
    }

    public TableMapping mapping() {
        return mapping;
    }

    public RowChange map(RowChange change) {
        if (same) {
            return change;
        }
        return new RowChange(
                change.operation(),
                mapping.target(),
                key(change.key()),
                change.position(),
                row(change.before()),
                row(change.after()),
                change.commitMillis(),
                columns(change.described()));
    }

    public Truncate map(Truncate change) {
        return same ? change : new Truncate(mapping.target(), change.position(), change.commitMillis());
    }

    private List<String> key(List<String> names) {
        return sameColumns
                ? names
                : keys.computeIfAbsent(
                        names, key -> key.stream().map(mapping::targetColumn).toList());
    }

    private @Nullable Columns columns(@Nullable Columns columns) {
        return columns == null || sameColumns
                ? columns
                : projections.computeIfAbsent(columns, this::projection).columns;
    }

    private @Nullable Row row(@Nullable Row row) {
        if (row == null || sameColumns) {
            return row;
        }
        return projections.computeIfAbsent(row.columns(), this::projection).of(row);
    }

    private Projection projection(Columns columns) {
        List<String> names = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (String column : columns.names()) {
            if (mapping.moves(column)) {
                names.add(mapping.targetColumn(column));
                places.add(columns.place(column));
            }
        }
        return new Projection(
                new Columns(names), places.stream().mapToInt(Integer::intValue).toArray());
    }
}
