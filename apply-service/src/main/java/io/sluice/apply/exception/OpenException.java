package io.sluice.apply.exception;

import io.sluice.apply.change.RowIdentity;
import io.sluice.contracts.change.ChangeRecord;
import org.jspecify.annotations.Nullable;

/**
 * A change that is not on the target.
 *
 * @param change as it came from the source: a row change or a TRUNCATE
 * @param rows those that later changes must not overtake it on
 * @param sqlState of the refusal; null for a change that was held back behind another one of the same row
 */
record OpenException(
        long number,
        ChangeRecord change,
        RowIdentity rows,
        @Nullable String sqlState,
        String message) {

    static final String HELD = "Held back: an earlier change of the same row is in the exceptions.";

    boolean held() {
        return sqlState == null;
    }

    OpenException withNumber(long other) {
        return new OpenException(other, change, rows, sqlState, message);
    }
}
