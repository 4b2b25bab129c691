package io.sluice.apply.batch;

import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The columns that are written to a table; generated ones are not among them. */
public record TableShape(TableName table, Columns columns) {

    /** The row carries every column that is written. */
    public boolean complete(Row row) {
        return row.columns().size() == columns.size();
    }

    /** @throws TableFailure {@code SCHEMA_CHANGED} when the row has a column that the target's table has not */
    void check(Row row, boolean inserted) {
        if (row.columns().equals(columns)) {
            return;
        }
        refuseNew(row.columns());
        if (inserted && !complete(row)) {
            refuseLost(row.columns());
        }
    }

    /**
     * Large values that an update did not touch are left out of it, so only a description shows a column that is gone.
     *
     * @param described every column that the source's table has
     * @throws TableFailure {@code SCHEMA_CHANGED} when these are not the columns of the target's table
     */
    void checkDescription(Columns described) {
        if (!described.equals(columns)) {
            refuseNew(described);
            refuseLost(described);
        }
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} when the target's table lacks a column of the key */
    void checkKey(List<String> key) {
        refuseNew(new Columns(key));
    }

    private void refuseNew(Columns source) {
        List<String> unknown =
                source.names().stream().filter(name -> !columns.contains(name)).toList();
        if (!unknown.isEmpty()) {
            throw TableFailure.ofTarget(
                    table,
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table + " has new columns at the source: " + String.join(", ", unknown)
                            + ". Add them to the target's table with the same types, then resume the task. If they were"
                            + " dropped or renamed on the target, undo that there; values that are gone come back when it"
                            + " is resumed with {\"reload\": [\"schema.table\"]}, by the name at the source.");
        }
    }

    private void refuseLost(Columns source) {
        List<String> gone =
                columns.names().stream().filter(name -> !source.contains(name)).toList();
        if (!gone.isEmpty()) {
            throw TableFailure.ofTarget(
                    table,
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table + " has lost columns at the source: " + String.join(", ", gone)
                            + ". Drop them from the target's table, also when they were added there by hand, then resume"
                            + " the task.");
        }
    }

    /** The row with its columns in the order of the table's, so that rows can be told apart by their values. */
    Row aligned(Row row) {
        if (row.columns().equals(columns)) {
            return row;
        }
        @Nullable String[] values = new @Nullable String[columns.size()];
        Arrays.setAll(values, i -> row.value(columns.names().get(i)));
        return new Row(columns, values);
    }

    /** The newer values over the older ones. */
    Row merge(Row older, Row newer) {
        if (older.columns().equals(newer.columns())) {
            return newer;
        }
        List<String> names = columns.names().stream()
                .filter(name ->
                        older.columns().contains(name) || newer.columns().contains(name))
                .toList();
        @Nullable String[] values = new @Nullable String[names.size()];
        Arrays.setAll(values, i -> {
            String name = names.get(i);
            return newer.columns().contains(name) ? newer.value(name) : older.value(name);
        });
        return new Row(names.size() == columns.size() ? columns : new Columns(names), values);
    }
}
