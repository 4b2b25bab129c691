package io.sluice.apply.batch;

import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The columns that are written to a table; generated ones are not among them. */
public record TableShape(TableName table, Columns columns) {

    /** The row carries every column that is written. */
    boolean complete(Row row) {
        return row.columns().size() == columns.size();
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} when the row has a column that the target's table has not */
    void check(Row row, boolean inserted) {
        if (row.columns().equals(columns)) {
            return;
        }
        List<String> unknown = row.columns().names().stream()
                .filter(name -> !columns.contains(name))
                .toList();
        if (!unknown.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table + " has new columns at the source: " + String.join(", ", unknown)
                            + ". Add them to the target's table with the same types, then resume the task.");
        }
        if (inserted && !complete(row)) {
            List<String> gone = columns.names().stream()
                    .filter(name -> !row.columns().contains(name))
                    .toList();
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table + " has lost columns at the source: " + String.join(", ", gone)
                            + ". Drop them from the target's table, then resume the task.");
        }
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
