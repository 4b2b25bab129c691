package io.sluice.apply.write;

import io.sluice.apply.batch.TableShape;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Updates of a key on a target that spreads rows over nodes by it: the row is deleted where it was and inserted where it
 * belongs. Large values that the source did not send again are taken from the row as it is on the target. Row by row; a
 * changed key is rare.
 */
record RowMove(StepWriter steps, TargetDialect dialect, TableDefinition table, TableShape shape, List<String> key) {

    /** Returns how many of the rows were there; others are passed over, as by an UPDATE. */
    long move(List<Row> keys, List<Row> rows) throws SQLException {
        long moved = 0;
        for (int i = 0; i < rows.size(); i++) {
            Row whole = complete(keys.get(i), rows.get(i));
            List<Row> old = List.of(keys.get(i));
            if (steps.rows(dialect.delete(table, key), new Columns(key), old, null, List.of()) > 0) {
                steps.insert(table, shape.columns(), List.of(whole));
                moved++;
            }
        }
        return moved;
    }

    private Row complete(Row oldKey, Row sent) throws SQLException {
        List<String> missing = shape.columns().names().stream()
                .filter(column -> !sent.columns().contains(column))
                .toList();
        List<@Nullable String> there = missing.isEmpty() ? List.of() : read(oldKey, missing);
        @Nullable String[] values = new @Nullable String[shape.columns().size()];
        Arrays.setAll(values, i -> {
            String column = shape.columns().names().get(i);
            if (sent.columns().contains(column)) {
                return sent.value(column);
            }
            return there.isEmpty() ? null : there.get(missing.indexOf(column));
        });
        return new Row(shape.columns(), values);
    }

    /** Nothing when the row is not there. */
    private List<@Nullable String> read(Row oldKey, List<String> columns) throws SQLException {
        PreparedStatement statement = steps.prepared(dialect.read(table, key, columns));
        steps.bind(statement, 1, new Columns(key), List.of(oldKey));
        List<@Nullable String> values = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                for (int i = 1; i <= columns.size(); i++) {
                    values.add(row.getString(i));
                }
            }
        }
        return values;
    }
}
