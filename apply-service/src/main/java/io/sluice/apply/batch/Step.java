package io.sluice.apply.batch;

import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One set-based write. The steps of a plan are carried out in order; within a step the order of rows does not matter,
 * since each has a key of its own.
 */
public sealed interface Step {

    /** What the changes say of the rows before the step. */
    enum Expected {
        /** They are there. */
        PRESENT,
        /** They are not there. */
        ABSENT,
        /** Either. */
        ANY
    }

    /** The table that is written to; null when there are several. */
    default @Nullable TableName onlyTable() {
        return switch (this) {
            case Truncate(var tables) -> tables.size() == 1 ? tables.getFirst() : null;
            case Delete delete -> delete.table();
            case Insert insert -> insert.table();
            case InsertMissing insert -> insert.table();
            case Upsert upsert -> upsert.table();
            case Update update -> update.table();
            case Remove remove -> remove.table();
        };
    }

    /** Empties tables that were emptied together, as foreign keys between them ask for. */
    record Truncate(List<TableName> tables) implements Step {}

    /** @param keys rows that carry exactly the key columns */
    record Delete(TableName table, List<String> key, List<Row> keys, Expected expected) implements Step {}

    /** Adds rows that are not there. */
    record Insert(TableName table, Columns columns, List<Row> rows) implements Step {}

    /** Adds rows; one whose key is there already is left as it is on the target. */
    record InsertMissing(TableName table, List<String> key, Columns columns, List<Row> rows) implements Step {}

    /** Writes whole rows, whether they are there or not. */
    record Upsert(TableName table, List<String> key, Columns columns, List<Row> rows) implements Step {}

    /**
     * Sets some columns of rows that are there.
     *
     * @param keys what identifies each row now; in the order of {@code rows}
     * @param rows the values to set, which for a changed key hold the new one
     */
    record Update(TableName table, List<String> key, List<Row> keys, Columns columns, List<Row> rows) implements Step {}

    /**
     * Removes rows of a table without a key: as many of those that look like each row as are asked for, and no more.
     *
     * @param copies how many, in the order of {@code rows}
     */
    record Remove(TableName table, Columns columns, List<Row> rows, List<Integer> copies) implements Step {}
}
