package io.sluice.contracts.errand;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the comparison of one table of the target is.
 *
 * @param sources the tables whose rows it holds
 * @param sourceRows counted so far
 * @param missing rows that the target has not
 * @param extra rows that only the target has
 * @param changed rows of one key whose columns differ
 * @param unsettled rows that changed at the source whenever they were looked at
 * @param atLeast there are more differences than were counted
 * @param code why it could not be compared; null unless FAILED
 * @param detail for people to read
 */
public record TableComparison(
        TableName table,
        List<TableName> sources,
        State state,
        long sourceRows,
        long targetRows,
        long missing,
        long extra,
        long changed,
        long unsettled,
        boolean atLeast,
        @Nullable ErrorCode code,
        @Nullable String detail) {

    /** The life of one table in a comparison. */
    public enum State {
        WAITING,
        /** Both sides are being read. */
        READING,
        /** Rows that differ are being looked for, and looked at again. */
        RECHECKING,
        EQUAL,
        DIFFERENT,
        /** No row surely differs, but some changed at the source whenever they were looked at. */
        UNSETTLED,
        /** It could not be compared. */
        FAILED;

        public boolean ended() {
            return this == EQUAL || this == DIFFERENT || this == UNSETTLED || this == FAILED;
        }
    }

    public TableComparison {
        sources = List.copyOf(sources);
    }

    public TableComparison failed(ErrorCode why, String text) {
        return new TableComparison(
                table,
                sources,
                State.FAILED,
                sourceRows,
                targetRows,
                missing,
                extra,
                changed,
                unsettled,
                false,
                why,
                text);
    }

    public static TableComparison waiting(TableName table, List<TableName> sources) {
        return new TableComparison(table, sources, State.WAITING, 0, 0, 0, 0, 0, 0, false, null, null);
    }
}
