package io.sluice.contracts.change;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The values of one row image, each in PostgreSQL's text form; null is SQL NULL. A column that the image does not carry
 * (an unchanged TOAST value, or a column outside the replica identity) is absent from {@link #columns()}. The array is
 * not copied: whoever hands it over gives it up.
 */
public final class Row {

    private final Columns columns;
    private final @Nullable String[] values;

    public Row(Columns columns, @Nullable String[] values) {
        if (columns.size() != values.length) {
            throw new IllegalArgumentException("row: " + values.length + " values for " + columns.size() + " columns");
        }
        this.columns = columns;
        this.values = values;
    }

    public Columns columns() {
        return columns;
    }

    public @Nullable String value(int place) {
        return values[place];
    }

    /** @throws IllegalArgumentException when the row does not carry the column */
    public @Nullable String value(String column) {
        int place = columns.place(column);
        if (place < 0) {
            throw new IllegalArgumentException("row: carries no column " + column);
        }
        return values[place];
    }

    /** Characters held, roughly; for bounds on memory. */
    public long weight() {
        long weight = 16L * values.length;
        for (String value : values) {
            weight += value == null ? 0 : value.length();
        }
        return weight;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Row row && columns.equals(row.columns) && Arrays.equals(values, row.values);
    }

    @Override
    public int hashCode() {
        return 31 * columns.hashCode() + Arrays.hashCode(values);
    }

    /** Names only: row data is never printed. */
    @Override
    public String toString() {
        return "Row" + columns;
    }
}
