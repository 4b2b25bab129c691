package io.sluice.apply.batch;

import io.sluice.contracts.change.Row;
import org.jspecify.annotations.Nullable;

/** What every change must carry. */
final class RowImages {

    private RowImages() {}

    static Row present(@Nullable Row row) {
        if (row == null) {
            throw new IllegalArgumentException("change: the row image is missing");
        }
        return row;
    }
}
