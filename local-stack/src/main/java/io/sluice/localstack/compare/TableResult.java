package io.sluice.localstack.compare;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the comparison of one table found.
 *
 * @param differences how many keys differ
 * @param first the first of them, in the order of the comparison
 */
public record TableResult(TableName table, long sourceRows, long targetRows, long differences, List<Difference> first) {
    public TableResult {
        first = List.copyOf(first);
    }

    public boolean equal() {
        return differences == 0 && sourceRows == targetRows;
    }

    @Override
    public String toString() {
        String listed = first.stream().map(difference -> "\n  " + difference).collect(Collectors.joining());
        return "%s: %d rows in the source, %d in the target, %d keys differ%s"
                .formatted(table, sourceRows, targetRows, differences, listed);
    }

    /** One key with the row of either side as column=value, null where there is none. */
    public record Difference(
            String key, @Nullable String source, @Nullable String target) {
        @Override
        public String toString() {
            return "%s%n    source %s%n    target %s".formatted(key, source, target);
        }
    }
}
