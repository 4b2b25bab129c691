package io.sluice.postgres.dialect;

import io.sluice.contracts.task.TableChoice.Distribution;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key between tables of a distributed target.
 *
 * @param columns in the order of the key
 * @param distribution of its table; null when nobody has decided
 * @param otherColumns of the table that it refers to, in the same order
 */
public record ForeignKey(
        List<String> columns,
        @Nullable Distribution distribution,
        List<String> otherColumns,
        @Nullable Distribution otherDistribution) {

    public ForeignKey {
        columns = List.copyOf(columns);
        otherColumns = List.copyOf(otherColumns);
    }
}
