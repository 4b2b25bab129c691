package io.sluice.task.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row that differs, by the target's names of its columns, in PostgreSQL's text form.
 *
 * @param kind MISSING, EXTRA or CHANGED
 * @param times how many such rows there are, in a table without a key
 * @param key empty in a table without one
 * @param columns those that differ, of a CHANGED row
 * @param source null when the row is not there
 * @param target null when the row is not there
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record RowDifference(
        String kind,
        long times,
        Map<String, @Nullable String> key,
        List<String> columns,
        @Nullable Map<String, @Nullable String> source,
        @Nullable Map<String, @Nullable String> target) {}
