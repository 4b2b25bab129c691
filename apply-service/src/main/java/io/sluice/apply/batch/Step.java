package io.sluice.apply.batch;

import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.util.List;

/**
 * One set-based write. The steps of a plan are carried out in order; within a step the order of rows does not matter,
 * since each has a key of its own.
 */
public sealed interface Step {

    TableName table();

    /** Empties the table. */
    record Truncate(TableName table) implements Step {}

    /** @param keys rows that carry exactly the key columns */
    record Delete(TableName table, List<String> key, List<Row> keys) implements Step {}

    /** Writes whole rows, whether they are there or not. */
    record Upsert(TableName table, List<String> key, Columns columns, List<Row> rows) implements Step {}

    /**
     * Sets some columns of rows that are there.
     *
     * @param keys what identifies each row now; in the order of {@code rows}
     * @param rows the values to set, which for a changed key hold the new one
     */
    record Update(TableName table, List<String> key, List<Row> keys, Columns columns, List<Row> rows) implements Step {}
}
