package io.sluice.apply.exception;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A change as it would have come if columns had had their new names by then. */
final class RenamedColumns {

    private RenamedColumns() {}

    static RowChange of(RowChange change, Map<String, String> names) {
        return new RowChange(
                change.operation(),
                change.table(),
                of(change.key(), names),
                change.position(),
                of(change.before(), names),
                of(change.after(), names),
                change.commitMillis());
    }

    private static @Nullable Row of(@Nullable Row row, Map<String, String> names) {
        if (row == null) {
            return null;
        }
        List<String> columns = row.columns().names();
        @Nullable String[] values = new @Nullable String[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.value(i);
        }
        return new Row(new Columns(of(columns, names)), values);
    }

    private static List<String> of(List<String> columns, Map<String, String> names) {
        return columns.stream()
                .map(column -> names.getOrDefault(column, column))
                .toList();
    }
}
